// The composer: tabs over the words and the previews, and the words on the button that schedules. Its pictures are the
// work of pictures.js. Without this file everything is on the page, one below the other.

const page = document.getElementById("composer");
const chosen = { voice: "all" };

// Tabs: [data-tabs=name] holds [data-tab=key] and [data-panel=key]; what is chosen survives a swap ---------------------

function show(group) {
  const tabs = [...group.querySelectorAll("[data-tab]")];
  const panels = [...group.querySelectorAll("[data-panel]")];
  const wanted = chosen[group.dataset.tabs];
  const key = panels.some((panel) => panel.dataset.panel === wanted) ? wanted : panels[0]?.dataset.panel;
  for (const tab of tabs) {
    const on = tab.dataset.tab === key;
    if (tab.matches("a")) on ? tab.setAttribute("aria-current", "page") : tab.removeAttribute("aria-current");
    else tab.setAttribute("aria-pressed", String(on));
  }
  for (const panel of panels) {
    panel.hidden = panel.dataset.panel !== key;
    if (panel.matches("details")) panel.open = true;
  }
}
const showAll = () => page.querySelectorAll("[data-tabs]").forEach(show);

page.addEventListener("click", (event) => {
  const tab = event.target.closest("[data-tab]");
  if (!tab) return;
  event.preventDefault();
  const group = tab.closest("[data-tabs]");
  chosen[group.dataset.tabs] = tab.dataset.tab;
  // The words of a channel and how they look belong together.
  if (group.dataset.tabs === "voice" && tab.dataset.tab !== "all") chosen.look = tab.dataset.tab;
  showAll();
  if (tab.matches("a")) group.querySelector(`[data-panel="${tab.dataset.tab}"] textarea`)?.focus();
});

// A finding leads to the own words of a channel, which begin as the words for everyone
page.addEventListener("click", (event) => {
  const link = event.target.closest("[data-own-words]");
  const tab = link && page.querySelector(`[data-tabs=voice] [data-tab="${link.dataset.ownWords}"]`);
  if (!tab) return;
  event.preventDefault();
  const field = document.getElementById(`id_words_${link.dataset.ownWords}`);
  if (!field.value.trim()) {
    field.value = document.getElementById("id_caption").value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  tab.click();
});

// Other channels come with another campaign: what was ticked while they were on their way stays ticked
let ticked = [];
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "composer-channels") ticked = [...page.querySelectorAll("[data-channel]:checked")];
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "composer-channels") return;
  for (const { value } of ticked) {
    const tick = page.querySelector(`[data-channel][value="${value}"]`);
    if (tick) tick.checked = true;
  }
});

// A channel that is ticked has a tab of its own
page.addEventListener("change", (event) => {
  const tick = event.target.closest("[data-channel]");
  if (!tick) return;
  const tab = page.querySelector(`[data-tabs=voice] [data-tab="${tick.dataset.channel}"]`);
  if (tab) tab.hidden = !tick.checked;
  if (!tick.checked && chosen.voice === tick.dataset.channel) chosen.voice = "all";
  showAll();
});

page.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy-to]");
  const clear = event.target.closest("[data-clear]");
  const field = document.getElementById(copy?.dataset.copyTo ?? clear?.dataset.clear ?? "");
  if (!field) return;
  field.value = copy ? document.getElementById(copy.dataset.copyFrom).value : "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

// A panel that the server has changed (another part, words that were split) takes the place of the one before
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!detail.target.id.startsWith("own-")) return;
  const verb = detail.requestConfig.elt.value ?? "";
  const panel = document.getElementById(detail.target.id);
  if (verb.startsWith("part:")) [...panel.querySelectorAll(".part textarea")].at(-1)?.focus();
});

// "Schedule for Friday 13 March, 07:30" ----------------------------------------------------------------------------------

const [day, time] = [document.getElementById("id_day"), document.getElementById("id_time")];
function name() {
  const words = page.querySelector("[data-schedule-words]");
  if (!words) return;
  const at = day.value && time.value ? new Date(`${day.value}T12:00`) : null;
  // On a phone there is room for the time alone; the day stands in its field.
  const small = matchMedia("(width < 48rem)").matches;
  const said = at?.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
  const passed = at && `${day.value}T${time.value}` < words.closest("[data-now]").dataset.now;
  words.textContent = at && !passed ? (small ? `Schedule ${time.value}` : `Schedule for ${said}, ${time.value}`) : "Schedule";
}
for (const field of [day, time]) field.addEventListener("input", name);

document.addEventListener("htmx:load", showAll);
showAll();
name();

// Words that come again go where the cursor was in the words that are shown ---------------------------------------------

page.addEventListener("click", (event) => {
  const chosenWords = event.target.closest("[data-insert]")?.dataset.insert;
  if (chosenWords === undefined) return;
  const field = page.querySelector(".editor [data-panel]:not([hidden]) textarea.words");
  const before = field.value.slice(0, field.selectionStart), after = field.value.slice(field.selectionEnd);
  const gap = before && !/\s$/.test(before) ? " " : "";
  field.setRangeText(gap + chosenWords + (after && !/^\s/.test(after) ? " " : ""), field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
