// The focal point: a click on the picture sets it, and the form is sent. Without this file it is typed in percent.

const form = () => document.querySelector("[data-focal]");

document.addEventListener("click", (event) => {
  const picture = event.target.closest("#media-stage .stage")?.querySelector("img");
  if (!picture || !form()) return;
  const box = picture.getBoundingClientRect();
  // The picture may be letter-boxed in its box: only what is drawn counts.
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const [width, height] = [picture.naturalWidth, picture.naturalHeight];
  const drawn = Math.min(box.width / width, box.height / height) || scale;
  const left = box.left + (box.width - width * drawn) / 2;
  const top = box.top + (box.height - height * drawn) / 2;
  const share = (at, start, size) => Math.min(Math.max((at - start) / size, 0), 1);
  form().elements.across.value = (100 * share(event.clientX, left, width * drawn)).toFixed(1);
  form().elements.down.value = (100 * share(event.clientY, top, height * drawn)).toFixed(1);
  form().requestSubmit();
});
