// Talking: names after an @ (<textarea data-mentions="/…/people/mentionable/">), and remarks about chosen words.
// Without this file a name is typed as it is, and words are copied into their field.

// Names ----------------------------------------------------------------------------------------------------------------

const NAME = /(?:^|[\s([{“"'])@([\p{L}\p{N}._-]*(?: [\p{L}\p{N}._-]*)?)$/u;
let open = null; // {field, list, from}
let asking = 0;

function close() {
  if (!open) return;
  open.list.remove();
  for (const name of ["aria-controls", "aria-activedescendant"]) open.field.removeAttribute(name);
  open = null;
}

function take(option) {
  const { field, from } = open;
  const name = option.textContent;
  field.setRangeText(`@${name} `, from, field.selectionStart, "end");
  close();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function choose(step) {
  const options = [...open.list.children];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = options[(at + step + options.length) % options.length];
  options.forEach((option) => option.setAttribute("aria-selected", String(option === next)));
  open.field.setAttribute("aria-activedescendant", next.id);
}

function offer(field, names, from) {
  close();
  if (!names.length) return;
  const list = document.createElement("div");
  list.className = "menu shown";
  list.id = `${field.id}-names`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "People");
  names.forEach((name, at) => {
    const option = document.createElement("div");
    option.id = `${list.id}-${at}`;
    option.setAttribute("role", "option");
    option.textContent = name;
    option.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the field keeps its focus
      take(option);
    });
    list.append(option);
  });
  field.after(list);
  field.setAttribute("aria-controls", list.id);
  open = { field, list, from };
  choose(1);
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches?.("textarea[data-mentions]")) return;
  clearTimeout(asking);
  const before = field.value.slice(0, field.selectionStart);
  const typed = NAME.exec(before)?.[1];
  if (typed === undefined) return close();
  asking = setTimeout(async () => {
    const answer = await fetch(`${field.dataset.mentions}?q=${encodeURIComponent(typed)}`).catch(() => null);
    if (!answer?.ok || field.value.slice(0, field.selectionStart) !== before) return; // typed on, or not reachable
    offer(field, (await answer.json()).people, before.length - typed.length - 1);
  }, 120);
});
document.addEventListener("keydown", (event) => {
  if (!open || event.target !== open.field) return;
  const does = {
    ArrowDown: () => choose(1),
    ArrowUp: () => choose(-1),
    Escape: close,
    Enter: () => take(open.list.querySelector("[aria-selected=true]")),
    Tab: () => take(open.list.querySelector("[aria-selected=true]")),
  }[event.key];
  if (!does || event.metaKey || event.ctrlKey || event.isComposing) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  does();
}, true);
document.addEventListener("focusout", (event) => event.target === open?.field && close());

// Words ----------------------------------------------------------------------------------------------------------------

// Texts that a remark can be about: a field or an element with data-place="caption".
const flat = (text) => text.replace(/\s+/g, " ").trim();
let chosen = null; // {place, quote, at}

function selection() {
  const field = document.activeElement;
  if (field?.matches("textarea[data-place], input[data-place]")) {
    const { value, selectionStart: start, selectionEnd: end } = field;
    return { place: field.dataset.place, quote: value.slice(start, end), before: value.slice(0, start) };
  }
  const picked = document.getSelection();
  if (!picked?.rangeCount || picked.isCollapsed) return null;
  const element = picked.getRangeAt(0).commonAncestorContainer;
  const place = (element.nodeType === 1 ? element : element.parentElement)?.closest("[data-place]");
  if (!place || place.matches("textarea, input")) return null;
  const before = document.createRange();
  before.setStart(place, 0);
  before.setEnd(picked.getRangeAt(0).startContainer, picked.getRangeAt(0).startOffset);
  return { place: place.dataset.place, quote: picked.toString(), before: before.toString() };
}

function notice() {
  if (document.activeElement?.closest("#comments")) return; // what was chosen stays while one writes about it
  const now = selection();
  const quote = now && [...flat(now.quote)].slice(0, 300).join("").trim();
  chosen = quote ? { place: now.place, quote, at: [...now.before.replace(/\s+/g, " ").trimStart()].length } : null;
  document.querySelectorAll("[data-take-words]").forEach((button) => (button.hidden = !chosen));
}
document.addEventListener("selectionchange", notice);
notice(); // this file comes with the first press, which may have chosen words already
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take-words]");
  if (!button || !chosen) return;
  const form = button.form;
  form.querySelector("[data-about]").open = true;
  for (const [name, value] of [["quote", chosen.quote], ["place", chosen.place], ["quote_at", chosen.at]]) form.elements[name].value = value;
  button.hidden = true;
  form.elements.body.focus();
});
// A press beside a field takes the focus before the click: keep what is chosen.
document.addEventListener("pointerdown", (event) => event.target.closest("[data-take-words]") && event.preventDefault());

// A press on the quote shows its words in their field.
document.addEventListener("click", (event) => {
  const mark = event.target.closest("mark[data-words]");
  const field = mark && document.querySelector(`:is(textarea, input)[data-place="${CSS.escape(mark.dataset.words)}"]`);
  if (!field) return;
  const words = flat(mark.textContent).slice(1, -1).split(" ").map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const found = [...field.value.matchAll(new RegExp(words.join("\\s+"), "g"))];
  const wanted = Number(mark.dataset.at);
  const place = (match) => Math.abs([...field.value.slice(0, match.index).replace(/\s+/g, " ").trimStart()].length - wanted);
  const match = found.sort((one, other) => place(one) - place(other))[0];
  if (!match) return;
  field.closest("details")?.setAttribute("open", "");
  document.querySelector(`[data-tab="${CSS.escape(field.closest("[data-panel]")?.dataset.panel ?? "")}"]`)?.click();
  field.focus();
  field.setSelectionRange(match.index, match.index + match[0].length);
});
