// Asks again while somebody is looking: <div hx-get="…" hx-trigger="poll" data-poll="5000">.
// The server ends it by answering without the attribute. Hidden tabs, and parts being typed in, wait.

const TICK = 500; // milliseconds
const asked = new WeakMap();

setInterval(() => {
  if (document.hidden) return;
  for (const part of document.querySelectorAll("[data-poll]")) {
    const now = performance.now();
    if (!asked.has(part)) asked.set(part, now);
    const typing = part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
    const due = now - asked.get(part) >= Math.max(Number(part.dataset.poll) || 5000, 1000);
    if (!due || typing || part.classList.contains("htmx-request") || part.querySelector("dialog[open], [data-tick]:checked, :popover-open")) continue;
    asked.set(part, now);
    window.htmx?.trigger(part, "poll");
  }
}, TICK);

// Back on the tab: ask at once rather than after the rest of the pause.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.querySelectorAll("[data-poll]").forEach((part) => asked.set(part, -Infinity));
});
