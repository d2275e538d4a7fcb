// Drag a post to another day; its time stays. [data-draggable] with data-move-url (and data-version) goes onto
// [data-day="2026-03-12"], or onto a [data-time="18:00"] in it; the server gets `day`, `time`, `version` and answers the part named by data-calendar around them.
// Mouse: press and move. Touch: hold, then move. Escape lets go. Keys, on a post that has the focus: Shift with an arrow
// moves it by a day or a week, M opens the form. The way without any of it is that form, behind "Move".

const MOVED = 6; // pixels until a press is a drag
const HELD = 350; // milliseconds until a touch is a drag
let drag = null;

const dayAt = (x, y) => document.elementFromPoint(x, y)?.closest("[data-time], [data-day]");

function start() {
  const { item, event } = drag;
  clearTimeout(drag.timer);
  drag.ghost = item.cloneNode(true);
  drag.ghost.removeAttribute("id");
  drag.ghost.classList.add("dragged");
  drag.ghost.setAttribute("aria-hidden", "true");
  drag.ghost.style.inlineSize = `${item.offsetWidth}px`;
  document.body.append(drag.ghost);
  item.classList.add("lifted");
  item.setPointerCapture(event.pointerId);
  follow(event);
}

function follow(event) {
  drag.ghost.style.translate = `${event.clientX - drag.x}px ${event.clientY - drag.y}px`;
  const day = dayAt(event.clientX, event.clientY);
  if (day === drag.over) return;
  drag.over?.classList.remove("over");
  day?.classList.add("over");
  drag.over = day;
}

function stop(move) {
  if (!drag) return;
  clearTimeout(drag.timer);
  const { item, ghost, over } = drag;
  drag = null;
  if (!ghost) return;
  ghost.remove();
  over?.classList.remove("over");
  item.classList.remove("lifted");
  // The release would also open the post.
  const still = (event) => event.preventDefault();
  item.addEventListener("click", still, { capture: true });
  setTimeout(() => item.removeEventListener("click", still, { capture: true }));
  if (move && over && over !== item.closest("[data-day]")) send(item, over.closest("[data-day]").dataset.day, over.dataset.time);
}

let moved = ""; // the post that keeps the focus when the calendar comes back

function shifted(day, by) {
  const date = new Date(`${day}T12:00Z`);
  date.setUTCDate(date.getUTCDate() + by);
  return date.toISOString().slice(0, 10);
}

function send(item, day, time) {
  const part = item.closest("[data-calendar]");
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value;
  const values = { day, csrfmiddlewaretoken: token };
  if (time) values.time = time;
  if (item.dataset.version) values.version = item.dataset.version;
  window.htmx.ajax("POST", item.dataset.moveUrl, { source: item, target: part ?? "main", swap: "outerHTML", values });
}

document.addEventListener("pointerdown", (event) => {
  const item = event.target.closest("[data-draggable]");
  if (!item || event.button !== 0 || event.target.closest("button, input, select, summary")) return;
  const box = item.getBoundingClientRect();
  drag = { item, event, x: event.clientX - box.left, y: event.clientY - box.top, left: event.clientX, top: event.clientY };
  if (event.pointerType !== "mouse") drag.timer = setTimeout(() => drag && start(), HELD);
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const far = Math.hypot(event.clientX - drag.left, event.clientY - drag.top) > MOVED;
  if (drag.ghost) return follow(event);
  if (far && event.pointerType === "mouse") start();
  else if (far) stop(false); // the finger scrolls
});
document.addEventListener("pointerup", () => stop(true));
document.addEventListener("pointercancel", () => stop(false));
document.addEventListener("keydown", (event) => event.key === "Escape" && stop(false));
// While a finger drags, the page does not scroll; and the browser's own dragging of links and pictures stays off.
document.addEventListener("touchmove", (event) => drag?.ghost && event.preventDefault(), { passive: false });
document.addEventListener("dragstart", (event) => (drag || event.target.closest?.("[data-draggable]")) && event.preventDefault());

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
document.addEventListener("keydown", (event) => {
  const item = event.target.closest?.("[data-draggable]");
  if (!item || drag || event.ctrlKey || event.metaKey || event.altKey) return;
  const day = item.closest("[data-day]")?.dataset.day;
  if (event.shiftKey && day && STEPS[event.key]) {
    event.preventDefault();
    moved = item.id;
    send(item, shifted(day, STEPS[event.key]));
  } else if (event.key === "m" && !event.shiftKey && document.body.dataset.shortcuts === "on") {
    event.preventDefault();
    item.querySelector(".post__move")?.click();
  }
});
document.addEventListener("htmx:afterSettle", () => {
  if (moved) document.getElementById(moved)?.querySelector("a")?.focus();
  moved = "";
});
