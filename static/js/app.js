// The boot of every page: toasts, dialogs, one answer per press, unsaved words, and errors that are said aloud.
// Modules talk by DOM events: dispatch `aura:toast` with {text, tone} to say something.

// What a number means when the answer had no sentence of its own.
const SENTENCES = {
  0: "Aura cannot be reached. Check the connection and try again.",
  403: "You may not do that here. Ask an owner or admin of the workspace.",
  404: "That is not here any more. Reload the page.",
  409: "Somebody else changed this meanwhile. Reload the page to see what they did.",
  413: "That is too large. Pick a smaller file.",
  429: "That was too often. Wait a minute and try again.",
  500: "Something broke on our side. Nothing was lost; try again in a moment.",
};
const ICONS = { good: "circle-check", bad: "circle-alert", warn: "triangle-alert", note: "info" };

function icon(name) {
  const known = document.querySelector("svg.icon use[href*='lucide']");
  const sprite = known ? known.getAttribute("href").split("#")[0] : "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#i-${name}`);
  svg.append(use);
  return svg;
}

// Toasts ------------------------------------------------------------------------------------------------------------

const toasts = document.getElementById("toasts");
const STAYS = 6000; // milliseconds; what went wrong stays until it is closed

function dress(toast) {
  if (toast.dataset.dressed) return;
  toast.dataset.dressed = "yes";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button quiet small";
  close.setAttribute("aria-label", "Close this message");
  close.append(icon("x"));
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  if (toast.matches(".bad, .warn")) return;
  const leave = () => {
    if (toast.matches(":hover, :focus-within")) setTimeout(leave, STAYS);
    else toast.remove();
  };
  setTimeout(leave, STAYS);
}

function say(text, tone = "note") {
  const toast = document.createElement("p");
  toast.className = `toast ${tone}`;
  if (tone === "bad") toast.setAttribute("role", "alert");
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(icon(ICONS[tone] ?? "info"), words);
  toasts?.append(toast);
}

if (toasts) {
  toasts.querySelectorAll(".toast").forEach(dress);
  new MutationObserver((changes) => {
    for (const change of changes)
      change.addedNodes.forEach((node) => node.matches?.(".toast") && dress(node));
  }).observe(toasts, { childList: true });
}
document.addEventListener("aura:toast", (event) => say(event.detail.text, event.detail.tone));

// An answer that htmx does not swap in is said as a toast: the page's own toasts, its sentence, or ours.
function sayRefusal(status, body) {
  const page = new DOMParser().parseFromString(body || "", "text/html");
  const own = page.querySelectorAll(".toast");
  if (own.length) return toasts?.append(...own);
  const sentence = page.querySelector("[data-error]")?.textContent.trim().replace(/\s+/g, " ");
  say(sentence || SENTENCES[status] || SENTENCES[status >= 500 ? 500 : 404], "bad");
}
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (!detail.xhr.getResponseHeader("HX-Redirect")) sayRefusal(detail.xhr.status, detail.xhr.responseText);
});
document.addEventListener("htmx:sendError", () => sayRefusal(0, ""));
document.addEventListener("htmx:timeout", () => sayRefusal(0, ""));
document.addEventListener("aura:refused", ({ detail }) => sayRefusal(detail.status, detail.body));

// Dialogs: command and commandfor where the browser does not know them yet --------------------------------------------

if (!("command" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog) return;
    if (button.getAttribute("command") === "show-modal" && !dialog.open) dialog.showModal();
    if (button.getAttribute("command") === "close") dialog.close();
  });
}
// A link may open the dialog that asks the same question as its page: <a href="…/delete/" data-dialog="delete-dialog">
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  const dialog = link && document.getElementById(link.dataset.dialog);
  if (!dialog || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  dialog.showModal();
});
// Without `closedby` a press beside the dialog closes it too.
if (!("closedBy" in HTMLDialogElement.prototype)) {
  document.addEventListener("click", (event) => {
    if (event.target.matches?.("dialog[closedby=any]")) event.target.close();
  });
}

// One answer per press ------------------------------------------------------------------------------------------------

// Those inside the form and those that name it by their attribute `form`
const buttonsOf = (form) => [...form.elements].filter((button) => button.matches("button:not([type=button])"));
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.submitter?.matches("[data-download]")) return; // the page stays, and may be asked again
  if (event.defaultPrevented || form.method === "get" || form.matches("[hx-post], [hx-put], [hx-delete]")) return;
  form.dataset.sent = event.submitter?.name ?? ""; // for a module that comes only now
  // After the browser has read the pressed button's name and value.
  setTimeout(() => buttonsOf(form).forEach((button) => (button.disabled = true)));
});
// Coming back by the browser's history shows the page as it was left: give the buttons back.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form button:disabled:not([data-disabled])").forEach((b) => (b.disabled = false));
});
function press(event, disabled) {
  const form = event.target.closest?.("form");
  if (form) buttonsOf(form).forEach((button) => (button.disabled = disabled));
}
document.addEventListener("htmx:beforeRequest", (event) => event.detail.requestConfig.verb !== "get" && press(event, true));
document.addEventListener("htmx:afterRequest", (event) => event.detail.requestConfig.verb !== "get" && press(event, false));

// Words that are only on this screen: <form data-guard> ---------------------------------------------------------------

const unsaved = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.form ?? event.target.closest?.("form");
  if (form?.matches("[data-guard]")) unsaved.add(form);
});
document.addEventListener("submit", (event) => unsaved.delete(event.target));
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) unsaved.delete(event.target.closest?.("form"));
});
window.addEventListener("beforeunload", (event) => {
  if ([...unsaved].some((form) => form.isConnected)) event.preventDefault();
});

// Keys are written as this keyboard has them
if (/Mac|iPhone|iPad/.test(navigator.platform))
  document.querySelectorAll("[data-mod]").forEach((key) => (key.textContent = `⌘${key.dataset.mod}`));

// What comes only once somebody points, presses or types: <section data-module="/static/js/….js">
const bring = () => document.querySelectorAll("[data-module]").forEach((part) => import(part.dataset.module));
for (const type of ["pointerover", "pointerdown", "keydown"]) addEventListener(type, bring, { once: true, capture: true });

// What an address points at may come after its page.
let sought = location.hash.length > 1 && !document.querySelector(":target");
if (sought && location.hash.startsWith("#comment")) document.getElementById("comments")?.scrollIntoView(); // it is asked for when seen
document.addEventListener("htmx:load", ({ target }) => {
  if (!sought || !target.querySelector?.(`#${CSS.escape(location.hash.slice(1))}`)) return;
  sought = false;
  location.replace(location.hash);
});

// A row of tabs that is wider than a phone shows the one you are on.
for (const row of document.querySelectorAll(".tabs")) {
  const on = row.querySelector("[aria-current]");
  if (on) row.scrollLeft = on.offsetLeft - row.offsetLeft - (row.clientWidth - on.offsetWidth) / 2;
}

// A menu whose rows are asked for when it opens: <div popover data-load="/…/">
document.addEventListener("toggle", ({ target, newState }) => {
  const { load } = target.dataset ?? {};
  if (load && newState === "open") window.htmx?.ajax("GET", load, { target, swap: "innerHTML" });
}, true);

// A row of ticks: the first one ticks them all; the bar of what can be done with them comes up
document.addEventListener("change", (event) => {
  const table = event.target.closest("[data-ticks]");
  if (!table || event.target.type !== "checkbox") return;
  const ticks = [...table.querySelectorAll("[data-tick]")];
  const all = table.querySelector("[data-tick-all]");
  if (event.target === all) ticks.forEach((tick) => (tick.checked = all.checked));
  const ticked = ticks.filter((tick) => tick.checked).length;
  if (all) [all.checked, all.indeterminate] = [ticked > 0 && ticked === ticks.length, ticked > 0 && ticked < ticks.length];
  const bulk = table.querySelector("[data-bulk]");
  if (!bulk) return;
  bulk.hidden = ticked === 0;
  const count = bulk.querySelector("output");
  if (count) count.textContent = `${ticked} selected`;
});
const away = () => document.querySelectorAll("[data-ticks]:not(:has([data-tick]:checked)) [data-bulk]").forEach((bulk) => (bulk.hidden = true));
document.addEventListener("htmx:load", away);
away();

// What went wrong with a form is said first, to whoever reads with the keyboard or hears the page.
document.querySelector("[data-focus]")?.focus();
