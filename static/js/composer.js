// The composer: tabs over the words and the previews, pictures from the library and from uploads, descriptions, and
// the words on the button that schedules. Without this file everything is on the page, one below the other.

const page = document.getElementById("composer");
const everyone = document.getElementById("media");
const picker = document.getElementById("add-pictures");
const chosen = { voice: "all" };
let strip = everyone; // the one that the picker fills

// Uploading comes when the picker is opened, or something is dragged in: until then it would only cost its bytes.
const learnToUpload = () => import(picker.dataset.upload);
picker.addEventListener("toggle", learnToUpload, { once: true });
document.addEventListener("dragenter", learnToUpload, { once: true });

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

// Pictures: ticked in the library or just uploaded, they join the strip ------------------------------------------------

const tiles = (list = strip) => [...list.querySelectorAll("[data-sort-item]")];
const idOf = (tile) => tile.querySelector("input[type=hidden]").value;
const tileOf = (id, list = strip) => tiles(list).find((tile) => idOf(tile) === id);
const tilesOf = (id) => [...page.querySelectorAll(".strip [data-sort-item]")].filter((tile) => idOf(tile) === id);

function changed(list = strip) {
  const all = tiles(list);
  const more = list.querySelector(".add");
  if (more) more.hidden = all.length >= Number(list.dataset.most);
  all.forEach((tile, at) => {
    tile.querySelector("[data-sort-number]").textContent = at + 1;
    tile.querySelector("[data-earlier]").disabled = at === 0;
    tile.querySelector("[data-later]").disabled = at === all.length - 1;
  });
  list.dispatchEvent(new CustomEvent("sorted", { bubbles: true }));
  list.dispatchEvent(new Event("input", { bubbles: true }));
}

// The picker is opened for the pictures of everyone, of one channel, or of a part
page.addEventListener("click", (event) => {
  const button = event.target.closest("[data-picks]");
  if (!button) return;
  strip = document.getElementById(button.dataset.picks) ?? everyone;
  sync();
});

function describe(tile, alt) {
  tile.querySelector("[data-describe]").dataset.alt = alt;
  tile.querySelector("[data-alt-of]").textContent = alt;
  const picture = tile.querySelector("img");
  if (picture && alt) picture.alt = alt;
}

function add({ id, thumb, alt, title, runs }) {
  if (!id || tileOf(id)) return true;
  if (tiles().length >= Number(strip.dataset.most)) {
    const text = `A post takes ${strip.dataset.most} pictures. Take one out first.`;
    document.dispatchEvent(new CustomEvent("aura:toast", { detail: { text, tone: "warn" } }));
    return false;
  }
  const tile = document.getElementById("picture").content.firstElementChild.cloneNode(true);
  const field = tile.querySelector("input[type=hidden]");
  [field.name, field.value] = [strip.dataset.field, id];
  const where = strip === everyone ? "" : `@${strip.dataset.field}`;
  for (const button of tile.querySelectorAll("button[name=change]")) button.value += id + where;
  const picture = tile.querySelector("[data-thumb-of]");
  if (thumb) [picture.src, picture.alt] = [thumb, alt || title];
  else {
    const waiting = document.createElement("span");
    waiting.className = "thumb skeleton";
    waiting.role = "img";
    waiting.ariaLabel = `${title}: being prepared`;
    picture.replaceWith(waiting);
  }
  tile.querySelector("[data-describe]").href = page.dataset.altUrl.replace(page.dataset.altId, id);
  tile.querySelector("[data-runs-of]").textContent = runs ? ` · ${runs}` : "";
  describe(tile, alt || "");
  strip.insertBefore(tile, strip.querySelector(".add"));
  changed();
  return true;
}

// Ticks of the picker say what is in the strip; the strip is what is sent. A picture that was uploaded a moment ago
// comes into its tile when the library has it.
function sync() {
  let came = false;
  picker.querySelectorAll("input[name=media]").forEach((tick) => {
    tick.removeAttribute("form");
    tick.checked = Boolean(tileOf(tick.value));
    if (!tick.dataset.thumb) return;
    for (const tile of tilesOf(tick.value)) {
      const waiting = tile.querySelector(".thumb.skeleton");
      if (!waiting) continue;
      const picture = document.createElement("img");
      picture.className = "thumb";
      [picture.src, picture.alt] = [tick.dataset.thumb, tick.dataset.alt || tick.dataset.title];
      waiting.replaceWith(picture);
      came = true;
    }
  });
  if (came) changed();
}
picker.addEventListener("change", (event) => {
  const tick = event.target.closest("input[name=media]");
  if (!tick) return;
  if (tick.checked) tick.checked = add({ id: tick.value, ...tick.dataset });
  else {
    tileOf(tick.value)?.remove();
    changed();
  }
});
picker.addEventListener("uploaded", (event) => {
  event.target.querySelectorAll("li[id^=uploaded-]:not([data-added])").forEach((row) => {
    row.dataset.added = "yes";
    add({ id: row.id.replace("uploaded-", ""), thumb: row.querySelector("img")?.src, title: row.querySelector("b").textContent });
  });
});
page.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove]");
  if (!button) return;
  event.preventDefault();
  const list = button.closest(".strip");
  button.closest("[data-sort-item]").remove();
  changed(list);
  sync();
  list.querySelector(".add button")?.focus();
});

// A panel that the server has changed (another part, words that were split) takes the place of the one before
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!detail.target.id.startsWith("own-")) return;
  const panel = document.getElementById(detail.target.id);
  if (!strip.isConnected) strip = document.getElementById(strip.id) ?? everyone;
  panel.dispatchEvent(new CustomEvent("sorted", { bubbles: true }));
  const verb = detail.requestConfig.elt.value ?? "";
  if (verb.startsWith("part:")) [...panel.querySelectorAll(".part textarea")].at(-1)?.focus();
});
document.addEventListener("htmx:load", sync);

// A picture is described in a small window; what was saved there shows under the picture -------------------------------

const window_ = document.getElementById("describe");
let described = [];
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-describe]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  const tile = link.closest("[data-sort-item]");
  described = tilesOf(tile ? idOf(tile) : link.dataset.describe);
  const where = document.getElementById("describe-form");
  where.replaceChildren();
  window.htmx.ajax("GET", `${link.getAttribute("href")}?window=1`, { target: where, swap: "innerHTML" }).then(() => {
    window_.showPopover();
    window_.querySelector("textarea")?.focus();
  });
});
window_.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful || event.detail.requestConfig.verb !== "post" || !described.length) return;
  const alt = event.detail.requestConfig.parameters.alt_text ?? event.detail.requestConfig.formData?.get("alt_text") ?? "";
  for (const tile of described) describe(tile, alt);
  document.body.dispatchEvent(new CustomEvent("described"));
  window_.hidePopover();
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
  const passed = at && new Date(`${day.value}T${time.value}`) < new Date(Date.now() - 864e5);
  words.textContent = at && !passed ? (small ? `Schedule ${time.value}` : `Schedule for ${said}, ${time.value}`) : "Schedule";
}
for (const field of [day, time]) field.addEventListener("input", name);

document.addEventListener("htmx:load", showAll);
showAll();
sync();
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
