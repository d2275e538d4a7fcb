// Many tiles at once: <form data-many> with [data-tick] boxes and the bar of app.js. Shift ticks all from the last one
// to this one, by click or by Shift X; [data-fitting] stands for everything that fits the filter; what is ticked stays
// so when the list is made anew. Without this file the boxes are a plain form.

const forms = () => document.querySelectorAll("[data-many]");
const ticksOf = (form) => [...form.querySelectorAll("[data-tick]")];
const chosen = new Set(); // ids that are ticked on the page
let last = null; // the box that was ticked last

function tell(form) {
  const first = form.querySelector("[data-tick]");
  first?.dispatchEvent(new Event("change", { bubbles: true }));
}

// What app.js said of the boxes, made true of everything that fits
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-many]");
  if (!form || event.target.type !== "checkbox") return;
  const fitting = form.querySelector("[data-fitting]");
  if (event.target.matches("[data-tick]") && fitting && !event.target.checked && event.isTrusted) fitting.checked = false;
  if (event.target === fitting) ticksOf(form).forEach((tick) => (tick.checked = fitting.checked));
  chosen.clear();
  const ticked = ticksOf(form).filter((tick) => tick.checked);
  ticked.forEach((tick) => chosen.add(tick.value));
  const bar = form.querySelector("[data-bulk]");
  const number = fitting?.checked ? Number(fitting.dataset.fitting) : ticked.length;
  if (!bar) return;
  bar.hidden = number === 0;
  bar.querySelector("output").textContent = `${number.toLocaleString("en")} selected`;
  if (number === 0) form.querySelectorAll("[data-panel]:popover-open").forEach((panel) => panel.hidePopover());
});

function range(form, from, to) {
  const ticks = ticksOf(form);
  const [start, end] = [ticks.indexOf(from), ticks.indexOf(to)].sort((a, b) => a - b);
  if (start < 0) return;
  ticks.slice(start, end + 1).forEach((tick) => (tick.checked = true));
  tell(form);
}

document.addEventListener("click", (event) => {
  const tick = event.target.closest?.("[data-many] [data-tick]");
  if (!tick) return;
  if (event.shiftKey && last?.isConnected && tick.checked) range(tick.form, last, tick);
  last = tick;
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const form = event.target.closest?.("[data-many]");
  if (event.key === "Enter" && event.target.matches?.("[data-panel] input:not([type=checkbox])")) {
    event.preventDefault();
    event.target.closest("[data-panel]").querySelector(".primary")?.click();
  } else if (event.key === "X" && event.shiftKey && form && document.body.dataset.shortcuts === "on") {
    const tick = event.target.closest("[data-row]")?.querySelector("[data-tick]");
    if (!tick || event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    event.preventDefault();
    range(form, last?.isConnected ? last : tick, tick);
    last = tick;
  } else if (event.key === "Escape" && !document.querySelector(":popover-open, dialog[open]")) {
    document.querySelectorAll("[data-fitting]:checked").forEach((fitting) => fitting.click());
  }
});

// A panel that opens is typed into at once.
document.addEventListener(
  "toggle",
  (event) => {
    if (event.newState === "open" && event.target.matches?.("[data-panel]"))
      event.target.querySelector("input:not([type=hidden]), select")?.focus();
  },
  true,
);

// The cross of the bar empties the form; the boxes are empty once the browser has done so.
document.addEventListener("reset", (event) => {
  if (event.target.matches("[data-many]")) setTimeout(() => tell(event.target));
});

// The list came anew: tick again what was ticked and is still there.
function again() {
  for (const form of forms()) {
    ticksOf(form).forEach((tick) => (tick.checked = chosen.has(tick.value)));
    tell(form);
  }
}
document.addEventListener("htmx:afterSettle", again);
again();
