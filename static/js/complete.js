// What a word that begins with @ or # may become, offered below the cursor while somebody writes: a list box that the
// words keep the focus above. Down and Up choose, Enter or Tab take, Escape closes. It comes with the first key or press.

const editor = document.querySelector("[data-complete]");
const BEGUN = /(^|[\s(])([@#])([\p{L}\p{N}_.@-]{0,60})$/u;
const MIRRORED = ["font", "letterSpacing", "lineHeight", "padding", "border", "boxSizing", "overflowWrap"];

const list = document.createElement("ul");
[list.id, list.className, list.hidden] = ["completions", "menu completions", true];
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", "Completions");
const note = document.createElement("p");
[note.className, note.hidden] = ["menu completions small", true];
const said = document.createElement("span");
said.className = "sr";
said.setAttribute("role", "status");
editor.append(list, note, said);

let field = null; // whose words are completed
let timer = 0;
let asking = null;
let at = -1;

const rows = () => [...list.children];
function begun(of) {
  if (of.selectionStart !== of.selectionEnd) return null;
  const match = of.value.slice(0, of.selectionStart).match(BEGUN);
  return match && { sign: match[2], typed: match[3], start: of.selectionStart - match[3].length - 1 };
}

function close() {
  clearTimeout(timer);
  asking?.abort();
  list.hidden = note.hidden = true;
  for (const name of ["aria-activedescendant", "aria-controls"]) field?.removeAttribute(name);
  [field, at, said.textContent] = [null, -1, ""];
}

// Where the cursor is: the words up to it, laid out the same way.
function place(box, start) {
  const mirror = document.createElement("div");
  const style = getComputedStyle(field);
  for (const name of MIRRORED) mirror.style[name] = style[name];
  Object.assign(mirror.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", inlineSize: `${field.offsetWidth}px` });
  mirror.textContent = field.value.slice(0, start);
  const mark = document.createElement("span");
  mark.textContent = "@";
  mirror.append(mark);
  editor.append(mirror);
  const [mine, its] = [editor.getBoundingClientRect(), field.getBoundingClientRect()];
  const top = its.top - mine.top + mark.offsetTop + mark.offsetHeight - field.scrollTop + 2;
  const left = Math.min(its.left - mine.left + mark.offsetLeft, mine.width - box.offsetWidth - 8);
  mirror.remove();
  box.style.insetBlockStart = `${Math.min(top, its.bottom - mine.top)}px`;
  box.style.insetInlineStart = `${Math.max(left, 8)}px`;
}

function choose(number) {
  at = number;
  rows().forEach((row, here) => row.setAttribute("aria-selected", String(here === at)));
  if (at < 0) return field.removeAttribute("aria-activedescendant");
  field.setAttribute("aria-activedescendant", rows()[at].id);
  rows()[at].scrollIntoView({ block: "nearest" });
}

function take(row) {
  const word = begun(field);
  const into = field;
  close();
  if (!word) return;
  const after = /^\s/.test(into.value.slice(into.selectionStart)) ? "" : " ";
  into.setRangeText(row.dataset.becomes + after, word.start, into.selectionStart, "end");
  into.dispatchEvent(new Event("input", { bubbles: true }));
  close(); // what was put in is no beginning of something else
}

function show(items, words, start) {
  list.replaceChildren(
    ...items.map(({ insert, hint }, number) => {
      const row = document.createElement("li");
      row.id = `completion-${number}`;
      row.setAttribute("role", "option");
      row.dataset.becomes = insert;
      const [what, more] = [document.createElement("b"), document.createElement("small")];
      [what.textContent, more.textContent] = [insert, hint];
      row.append(what, more);
      return row;
    }),
  );
  list.hidden = !items.length;
  note.textContent = words;
  note.hidden = !words || items.length > 0;
  for (const box of [list, note]) if (!box.hidden) place(box, start);
  if (!list.hidden) {
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-autocomplete", "list");
    choose(-1);
  }
  said.textContent = items.length ? `${items.length} to choose from. Press Down.` : words;
}

async function ask(of) {
  const word = begun(of);
  if (!word) return;
  asking?.abort();
  asking = new AbortController();
  const panel = of.closest("[data-panel]")?.dataset.panel;
  const about = { sign: word.sign, typed: word.typed, campaign: document.getElementById("id_campaign")?.value ?? "" };
  if (panel && panel !== "all") about.channel = panel;
  try {
    const answer = await fetch(`${editor.dataset.complete}?${new URLSearchParams(about)}`, { signal: asking.signal });
    const { items, note: words } = answer.ok ? await answer.json() : { items: [], note: "" };
    if (document.activeElement !== of || begun(of)?.typed !== word.typed) return;
    field = of;
    if (items.length === 1 && items[0].insert === word.sign + word.typed) close();
    else show(items, word.sign === "@" ? words : "", word.start);
  } catch {
    // Typed on, or not reachable: nothing is offered.
  }
}

editor.addEventListener("input", ({ target }) => {
  if (!target.matches("textarea") || !target.form) return;
  clearTimeout(timer);
  if (begun(target)) timer = setTimeout(ask, 200, target);
  else close();
});
editor.addEventListener("keydown", (event) => {
  if (list.hidden || event.target !== field || event.isComposing) return;
  const last = rows().length - 1;
  if (event.key === "ArrowDown") choose(at === last ? 0 : at + 1);
  else if (event.key === "ArrowUp") choose(at <= 0 ? last : at - 1);
  else if (event.key === "Escape") close();
  else if ((event.key === "Enter" || event.key === "Tab") && at >= 0 && !event.ctrlKey && !event.metaKey) take(rows()[at]);
  else return;
  event.preventDefault();
  event.stopPropagation();
});
list.addEventListener("pointerdown", (event) => {
  event.preventDefault(); // the words keep the focus
  const row = event.target.closest("li");
  if (row) take(row);
});
editor.addEventListener("focusout", ({ target }) => target === field && close());
