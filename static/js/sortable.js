// The order of things in a form: <ul data-sortable> with items [data-sort-item] that hold their own hidden inputs, so
// the order on the page is the order that is sent. Drag an item (touch: by its [data-sort-handle]), or press its
// [data-earlier] and [data-later] buttons, which without this file are submit buttons. Fires `sorted` on the list.

const items = (list) => [...list.querySelectorAll("[data-sort-item]")];
let drag = null;

function settle(list) {
  items(list).forEach((item, at, all) => {
    item.querySelectorAll("[data-sort-number]").forEach((number) => (number.textContent = at + 1));
    item.querySelectorAll("[data-earlier]").forEach((button) => (button.disabled = at === 0));
    item.querySelectorAll("[data-later]").forEach((button) => (button.disabled = at === all.length - 1));
  });
}

function changed(list, item) {
  settle(list);
  const status = list.parentElement.querySelector("[data-sort-status]");
  const all = items(list);
  if (status) status.textContent = `Now ${all.indexOf(item) + 1} of ${all.length}`;
  list.dispatchEvent(new CustomEvent("sorted", { bubbles: true }));
  list.dispatchEvent(new Event("input", { bubbles: true })); // the form has unsaved words now
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-earlier], [data-later]");
  const item = button?.closest("[data-sort-item]");
  if (!item) return;
  event.preventDefault();
  const list = item.closest("[data-sortable]");
  const all = items(list);
  const other = all[all.indexOf(item) + (button.matches("[data-earlier]") ? -1 : 1)];
  if (!other) return;
  button.matches("[data-earlier]") ? other.before(item) : other.after(item);
  changed(list, item);
  (button.disabled ? item.querySelector("[data-earlier]:enabled, [data-later]:enabled") : button)?.focus();
});

document.addEventListener("pointerdown", (event) => {
  const item = event.target.closest("[data-sort-item]");
  const handle = event.target.closest("[data-sort-handle]");
  if (!item || event.button !== 0 || (event.pointerType !== "mouse" && !handle)) return;
  if (!handle && event.target.closest("button, input, textarea, select, a, summary")) return;
  drag = { item, list: item.closest("[data-sortable]"), before: item.previousElementSibling, id: event.pointerId };
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const { item, list } = drag;
  if (!item.classList.contains("lifted")) {
    item.classList.add("lifted");
    item.setPointerCapture(drag.id);
  }
  const over = document.elementsFromPoint(event.clientX, event.clientY).map((element) => element.closest("[data-sort-item]"));
  const other = over.find((one) => one && one !== item && list.contains(one));
  if (!other) return;
  const after = item.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
  after ? other.after(item) : other.before(item);
});
function drop() {
  if (!drag) return;
  const { item, list, before } = drag;
  drag = null;
  item.classList.remove("lifted");
  if (item.previousElementSibling !== before) changed(list, item);
}
document.addEventListener("pointerup", drop);
document.addEventListener("pointercancel", drop);
document.addEventListener("dragstart", (event) => (drag || event.target.closest?.("[data-sort-item]")) && event.preventDefault());
document.addEventListener("htmx:load", () => document.querySelectorAll("[data-sortable]").forEach(settle));
document.querySelectorAll("[data-sortable]").forEach(settle);
