// The focal point: press on the picture and move it, and every cut shows at once how it would come out; let go, and the
// form is sent. Without this file the point is typed in percent.

const find = (selector) => document.querySelector(selector);
const form = () => find("[data-focal]");
const stage = () => find("#media-stage .stage");
const clamp = (value, most) => Math.min(Math.max(value, 0), most);

function pointOf(event) {
  const picture = stage().querySelector("img");
  const box = picture.getBoundingClientRect();
  const [wide, high] = [picture.naturalWidth, picture.naturalHeight];
  // The picture may be letter-boxed in its box, or fill it: only what is drawn counts.
  const fits = getComputedStyle(picture).objectFit === "cover" ? Math.max : Math.min;
  const drawn = fits(box.width / wide, box.height / high);
  const share = (at, start, room, size) => clamp((at - start - (room - size) / 2) / size, 1);
  return {
    x: share(event.clientX, box.left, box.width, wide * drawn),
    y: share(event.clientY, box.top, box.height, high * drawn),
  };
}

// Where the largest box of that shape lies around the point: what media_library/formats/child_fit.py cuts.
function placeIn(picture, ratio, point) {
  const [wide, high] = [picture.naturalWidth, picture.naturalHeight];
  const across = Math.min(wide, high * ratio), down = Math.min(high, wide / ratio);
  const share = (at, size, cut) => (size - cut < 1 ? 0.5 : clamp(at * size - cut / 2, size - cut) / (size - cut));
  return `${100 * share(point.x, wide, across)}% ${100 * share(point.y, high, down)}%`;
}

function preview(cut, point) {
  const picture = stage().querySelector("img");
  if (cut.src !== picture.src) cut.src = picture.src;
  const [wide, high] = cut.dataset.cut.split("x").map(Number);
  cut.style.aspectRatio = `${wide} / ${high}`;
  cut.style.objectPosition = placeIn(picture, wide / high, point);
}

const typed = () => ({ x: form().elements.across.value / 100, y: form().elements.down.value / 100 });

function show(point) {
  for (const circle of stage().querySelectorAll(".focal circle")) {
    circle.setAttribute("cx", `${100 * point.x}%`);
    circle.setAttribute("cy", `${100 * point.y}%`);
  }
  for (const cut of document.querySelectorAll("img[data-cut]")) preview(cut, point);
}

function moveTo(point) {
  form().elements.across.value = (100 * point.x).toFixed(1);
  form().elements.down.value = (100 * point.y).toFixed(1);
  show(point);
}

document.addEventListener("pointerdown", (event) => {
  if (event.button || !form() || !event.target.closest("#media-stage .stage")) return;
  event.preventDefault(); // or the browser drags the picture away
  const within = stage();
  within.setPointerCapture(event.pointerId);
  const follow = (moved) => moveTo(pointOf(moved));
  const end = (last) => {
    within.removeEventListener("pointermove", follow);
    within.removeEventListener("pointerup", end);
    within.removeEventListener("pointercancel", end);
    if (last.type === "pointerup") form().requestSubmit();
  };
  within.addEventListener("pointermove", follow);
  within.addEventListener("pointerup", end);
  within.addEventListener("pointercancel", end);
  follow(event);
});

document.addEventListener("input", (event) => {
  if (form()?.contains(event.target) && form().checkValidity()) show(typed());
});

// A ticked place shows its cut before it is made.
document.addEventListener("change", (event) => {
  const box = event.target.closest("[data-place]");
  if (!box || !form() || !stage()) return;
  const previews = find("#cuts-previewed");
  previews.querySelector(`[data-of="${box.value}"]`)?.remove();
  if (!box.checked) return;
  const figure = find("#cut-preview").content.firstElementChild.cloneNode(true);
  figure.dataset.of = box.value;
  figure.querySelector("img").dataset.cut = box.dataset.place;
  figure.querySelector("b").textContent = box.dataset.name;
  previews.append(figure);
  preview(figure.querySelector("img"), typed());
});
