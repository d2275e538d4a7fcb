// Words as chips: <input data-tokens="8"> holds them with commas between, and keeps doing so behind the chips.
// Comma or Enter ends a word, Backspace in the empty field takes the last one back, each chip has its own button.
// With list="…" and data-suggest="/…/tags/" the list offers what is known of the word that is being typed.
// Without this file the line of words is typed as it is.

const tidy = (word) => word.trim().replace(/\s+/g, " ").toLowerCase();

function cross() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M18 6 6 18M6 6l12 12");
  svg.append(path);
  return svg;
}

let asking = 0;
function suggest(url, typing) {
  const list = url && document.getElementById(typing.getAttribute("list"));
  if (!list) return;
  clearTimeout(asking);
  asking = setTimeout(async () => {
    const typed = tidy(typing.value);
    const answer = await fetch(`${url}?q=${encodeURIComponent(typed)}`).catch(() => null);
    if (!answer?.ok || tidy(typing.value) !== typed) return; // typed on, or not reachable: what is offered stays
    const { tags } = await answer.json();
    list.replaceChildren(...tags.map((tag) => Object.assign(document.createElement("option"), { value: tag })));
  }, 150);
}

function dress(input) {
  const most = Number(input.dataset.tokens);
  const box = document.createElement("div");
  box.className = input.className;
  box.classList.add("input", "tokens");
  box.setAttribute("role", "group");
  const label = document.querySelector(`label[for="${input.id}"]`);
  if (label) box.setAttribute("aria-label", label.textContent.trim());
  const typing = document.createElement("input");
  typing.type = "text";
  typing.autocomplete = "off";
  for (const name of ["aria-describedby", "aria-invalid", "list"])
    if (input.hasAttribute(name)) typing.setAttribute(name, input.getAttribute(name));
  if (input.hasAttribute("aria-invalid")) box.setAttribute("aria-invalid", "true");
  [typing.id, input.id] = [input.id, `${input.id}-words`];
  const status = document.createElement("span");
  status.className = "sr";
  status.setAttribute("role", "status");
  let words = [];

  function show() {
    box.querySelectorAll(".tag").forEach((chip) => chip.remove());
    words.forEach((word, at) => {
      const chip = document.createElement("span");
      chip.className = "tag";
      chip.dataset.hue = "1";
      const remove = document.createElement("button");
      remove.type = "button";
      remove.setAttribute("aria-label", `Remove ${word}`);
      remove.append(cross());
      remove.addEventListener("click", () => {
        words.splice(at, 1);
        show();
        typing.focus();
      });
      chip.append(word, remove);
      box.insertBefore(chip, typing);
    });
    input.value = [...words, typing.value].filter((word) => word.trim()).join(", ");
    status.textContent = words.length > most ? `${words.length} of ${most}, take ${words.length - most} away` : `${words.length} of ${most}`;
  }

  function take(text) {
    for (const word of text.split(/[,\n]/).map(tidy)) if (word && !words.includes(word)) words.push(word);
    typing.value = "";
    show();
  }

  typing.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    if ((event.key === "Enter" && typing.value.trim()) || event.key === ",") {
      event.preventDefault();
      take(typing.value);
    } else if (event.key === "Backspace" && !typing.value && words.length) {
      event.preventDefault();
      typing.value = words.pop();
      show();
    }
  });
  typing.addEventListener("input", (event) => {
    const chosen = event.inputType === "insertReplacementText" || !event.inputType; // from the list
    if (typing.value.includes(",") || (chosen && event.isTrusted)) take(typing.value);
    else show();
    suggest(input.dataset.suggest, typing);
  });
  typing.addEventListener("change", () => take(typing.value));
  box.addEventListener("click", (event) => event.target === box && typing.focus());

  input.type = "hidden";
  input.before(box);
  box.append(typing, status);
  take(input.value);
}

const dressAll = () => document.querySelectorAll("input[data-tokens]:not([type=hidden])").forEach(dress);
document.addEventListener("htmx:load", dressAll);
dressAll();
