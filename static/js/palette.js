// Search and jump: Ctrl or ⌘ K. A combobox in a dialog; the search page answers with rows of [role=option].
// With nothing typed it shows the places to go. Without this file the button leads to the search page.

const dialog = document.getElementById("palette");
const PAUSE = 150; // milliseconds after the last key

if (dialog) {
  const input = dialog.querySelector("input");
  const start = dialog.querySelector("[data-palette-start]");
  const found = dialog.querySelector("[data-palette-found]");
  const count = dialog.querySelector("[data-palette-count]");
  let waiting = 0;
  let asking = null;

  const options = () => [...(found.hidden ? start : found).querySelectorAll("[role=option]")];

  function choose(option) {
    dialog.querySelectorAll("[aria-selected]").forEach((other) => other.removeAttribute("aria-selected"));
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function show(searched) {
    [start.hidden, found.hidden] = [searched, !searched];
    const all = options();
    all.forEach((option, at) => {
      option.id = `palette-${searched ? "found" : "start"}-${at}`;
      option.tabIndex = -1;
    });
    choose(all[0]);
    count.textContent = searched ? (all.length ? `${all.length} found` : "Nothing found") : "";
  }

  async function ask() {
    const words = input.value.trim();
    asking?.abort();
    if (!words) return show(false);
    asking = new AbortController();
    try {
      const answer = await fetch(`${dialog.dataset.url}?${new URLSearchParams({ q: words })}`, {
        headers: { "HX-Request": "true", "HX-Target": "search-results", "HX-Current-URL": location.href },
        signal: asking.signal,
      });
      const body = await answer.text();
      const away = answer.headers.get("HX-Redirect");
      if (away) return location.assign(away);
      if (!answer.ok) return document.dispatchEvent(new CustomEvent("aura:refused", { detail: { status: answer.status, body } }));
      const page = new DOMParser().parseFromString(body, "text/html");
      found.replaceChildren(...page.body.childNodes);
      show(true);
    } catch (problem) {
      if (problem.name !== "AbortError") document.dispatchEvent(new CustomEvent("aura:refused", { detail: { status: 0, body: "" } }));
    }
  }

  function open() {
    if (dialog.open) return dialog.close();
    document.querySelectorAll("dialog[open]").forEach((other) => other.close());
    dialog.showModal();
    input.select();
    ask();
  }

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-palette-open]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open();
  });
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((option) => option.ariaSelected === "true");
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined && all.length && (event.key.startsWith("Arrow") || !input.value)) {
      event.preventDefault();
      choose(all[(to + all.length) % all.length]);
    } else if (event.key === "Enter" && all[at]) {
      event.preventDefault();
      all[at].click();
    } else if (event.key === "Escape") {
      event.preventDefault(); // the field would only empty itself, and keep the keys until the next frame
      input.blur();
      dialog.close();
    }
  });
  dialog.addEventListener("pointermove", (event) => choose(event.target.closest("[role=option]") ?? options().find((o) => o.ariaSelected)));
}
