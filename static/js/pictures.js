// Pictures of a post: those of the library and new ones join the strip that the picker was opened for, in the composer
// and on the page of what is still to go out. Without this file the picker's ticks are sent with the form.

const page = document.querySelector("[data-alt-url]");
const everyone = document.getElementById("media");
const picker = document.getElementById("add-pictures");
let strip = everyone ?? page.querySelector(".strip"); // the one that the picker fills

// Uploading comes when the picker is opened, or something is dragged in: until then it would only cost its bytes.
const learnToUpload = () => import(picker.dataset.upload);
picker.addEventListener("toggle", learnToUpload, { once: true });
document.addEventListener("dragenter", learnToUpload, { once: true });

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

// A panel that the server has changed takes the place of the one before, and its strips with it
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (!detail.target.id.startsWith("own-")) return;
  if (!strip.isConnected) strip = document.getElementById(strip.id) ?? everyone;
  document.getElementById(detail.target.id).dispatchEvent(new CustomEvent("sorted", { bubbles: true }));
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

sync();
