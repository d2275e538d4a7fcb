// Keys. Single letters work only while no field has the focus, and not for people who switched them off.
// [data-go="c"] is reached by G then C; [data-key="e"] is pressed by E, in the current row before the page.

const lettersOn = document.body.dataset.shortcuts === "on";
const ROWS = "[data-row], main .table tbody tr, main .list > li";
const PATIENCE = 1500; // milliseconds between G and its letter
let wentAt = -Infinity;

const shown = (element) => element.getClientRects().length > 0;
const rows = () => [...document.querySelectorAll(ROWS)].filter((row) => shown(row) && row.querySelector("a, button"));
const row = () => document.activeElement?.closest(ROWS);

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(row());
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  next.querySelector("th a, h3 a, a, button")?.focus();
  next.scrollIntoView({ block: "nearest" });
}

function press(key, scopes) {
  for (const scope of scopes) {
    const found = scope && [...scope.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
    const first = found?.find(shown) ?? found?.[0];
    if (first) return first.click(), true;
  }
  return false;
}

function letter(key) {
  if (performance.now() - wentAt < PATIENCE) {
    wentAt = -Infinity;
    const place = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
    if (place) return place.click(), true;
  }
  if (key === "g") return (wentAt = performance.now()), true;
  if (key === "j") return step(1), true;
  if (key === "k") return step(-1), true;
  if (key === "x") {
    const tick = row()?.querySelector("input[type=checkbox]");
    return tick && tick.click(), Boolean(tick);
  }
  return press(key, [row(), document.querySelector("main"), document]);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const field = event.target.closest?.("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest?.("form");
    const main = (form ?? document).querySelector("[data-main-action], .primary") ?? document.querySelector("main .primary");
    if (main) event.preventDefault(), main.click();
    return;
  }
  if (field || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") {
    if (document.querySelector(":popover-open")) return;
    document.querySelectorAll("[data-tick]:checked").forEach((tick) => tick.click());
  } else if (event.key === "?") {
    event.preventDefault();
    document.getElementById("shortcuts")?.showModal();
  } else if (lettersOn && /^Arrow/.test(event.key) && !event.shiftKey && !event.target.closest?.("input, video, audio, [role], .scroll, :popover-open")) {
    const link = document.querySelector(`[data-arrow="${event.key}"]`);
    if (link) event.preventDefault(), link.click();
  } else if (lettersOn && /^[a-z]$/.test(event.key) && letter(event.key)) {
    event.preventDefault();
  }
});
