// The page of an edit: a frame to drag over the picture, and what comes of it. Without this file the numbers are typed.

const form = document.querySelector("[data-edit]");
const stage = form?.querySelector("[data-edit-source]");
const canvas = form?.querySelector("[data-edit-preview] canvas");
const thumbs = JSON.parse(document.getElementById("logo-thumbs")?.textContent || "{}");
const field = (name) => form.elements[name];
const number = (name, other) => Number.parseFloat(field(name).value) || other;
const within = (value, low, high) => Math.min(Math.max(value, low), high);

const crop = () => {
  const left = within(number("left", 0), 0, 99);
  const top = within(number("top", 0), 0, 99);
  return [left, top, within(number("width", 100), 1, 100 - left), within(number("height", 100), 1, 100 - top)];
};

const spot = (place, room, margin) => {
  const across = place.endsWith("left") ? 0 : place.endsWith("right") ? 1 : 0.5;
  const down = place.startsWith("upper") ? 0 : place.startsWith("lower") ? 1 : 0.5;
  return [margin + (room[0] - 2 * margin) * across, margin + (room[1] - 2 * margin) * down];
};

function frame([left, top, width, height]) {
  const svg = stage.querySelector(".crop-frame");
  const [right, bottom] = [left + width, top + height];
  svg.querySelector("path").setAttribute("d", `M0 0H100V100H0Z M${left} ${top}H${right}V${bottom}H${left}Z`);
  const rect = svg.querySelector("rect");
  Object.entries({ x: left, y: top, width, height }).forEach(([name, value]) => rect.setAttribute(name, value));
}

const logos = new Map();
function logo() {
  const address = thumbs[field("logo").value];
  if (!address) return null;
  if (!logos.has(address)) {
    const image = new Image();
    image.addEventListener("load", draw);
    image.src = address;
    logos.set(address, image);
  }
  const image = logos.get(address);
  return image.complete && image.naturalWidth ? image : null;
}

function draw() {
  const picture = stage.querySelector("img");
  if (!picture.complete || !picture.naturalWidth) return;
  const [left, top, width, height] = crop();
  frame([left, top, width, height]);
  const turn = Number(form.querySelector("[name=turn]:checked")?.value || 0);
  const from = [picture.naturalWidth * left / 100, picture.naturalHeight * top / 100];
  const size = [picture.naturalWidth * width / 100, picture.naturalHeight * height / 100];
  const [w, h] = turn % 180 ? [size[1], size[0]] : size;
  [canvas.width, canvas.height] = [Math.max(w, 1), Math.max(h, 1)];
  const brush = canvas.getContext("2d");
  brush.filter = `brightness(${number("brightness", 100)}%)`;
  brush.translate(w / 2, h / 2);
  brush.rotate(turn * Math.PI / 180);
  brush.drawImage(picture, ...from, ...size, -size[0] / 2, -size[1] / 2, ...size);
  brush.setTransform(1, 0, 0, 1, 0, 0);
  brush.filter = "none";
  const margin = 0.03 * Math.min(w, h);
  const mark = logo();
  if (mark) {
    const scale = Math.min(w * number("logo_size", 20) / 100 / mark.naturalWidth, h * 0.4 / mark.naturalHeight);
    const box = [mark.naturalWidth * scale, mark.naturalHeight * scale];
    brush.drawImage(mark, ...spot(field("logo_place").value, [w - box[0], h - box[1]], margin), ...box);
  }
  const words = field("words").value.trim();
  if (words) {
    brush.font = '650 100px "Inter Variable", sans-serif';
    const size = 100 * Math.min(w * number("words_size", 60) / 100 / brush.measureText(words).width, h * 0.4 / 121);
    brush.font = `650 ${size}px "Inter Variable", sans-serif`;
    const dark = field("words_dark").checked;
    const box = [brush.measureText(words).width, size * 1.21];
    const [x, y] = spot(field("words_place").value, [w - box[0], h - box[1]], margin);
    brush.textBaseline = "top";
    brush.lineJoin = "round";
    brush.lineWidth = size / 12;
    brush.strokeStyle = dark ? "rgb(255 255 255 / .6)" : "rgb(24 22 20 / .6)";
    brush.fillStyle = dark ? "#181614" : "#fff";
    brush.strokeText(words, x, y + size * 0.12);
    brush.fillText(words, x, y + size * 0.12);
  }
}

function drag(event) {
  const box = stage.querySelector("img").getBoundingClientRect();
  const share = (at, start, length) => within((at - start) / length * 100, 0, 100);
  const here = (e) => [share(e.clientX, box.left, box.width), share(e.clientY, box.top, box.height)];
  const start = here(event);
  stage.setPointerCapture(event.pointerId);
  const move = (e) => {
    const now = here(e);
    const set = (name, value) => { field(name).value = value.toFixed(1); };
    if (Math.abs(now[0] - start[0]) < 1 || Math.abs(now[1] - start[1]) < 1) return;
    set("left", Math.min(now[0], start[0]));
    set("top", Math.min(now[1], start[1]));
    set("width", Math.abs(now[0] - start[0]));
    set("height", Math.abs(now[1] - start[1]));
    draw();
  };
  stage.addEventListener("pointermove", move);
  stage.addEventListener("pointerup", () => stage.removeEventListener("pointermove", move), { once: true });
}

if (stage && canvas) {
  form.addEventListener("input", draw);
  stage.addEventListener("pointerdown", (event) => { event.preventDefault(); drag(event); });
  stage.querySelector("img").addEventListener("load", draw);
  document.fonts.ready.then(draw);
  draw();
}
