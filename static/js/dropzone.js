// Many files at once: <form data-dropzone enctype="multipart/form-data"> with a file input and, in it or named by
// the attribute's value, <ul class="files" data-dropzone-list>. Each file goes to the form's address by itself, three
// at a time; the answer is one <li>, whether it was taken (200) or refused (413, 422). Without this file the form
// sends them together. When all are through, the form fires `uploaded`.

const AT_ONCE = 3;
// A file keeps its key, so that a second try after a broken connection is known to be the same upload.
const keys = new WeakMap();
const keyOf = (file) => keys.get(file) ?? keys.set(file, Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-")).get(file);
const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function glyph(name) {
  const sprite = document.querySelector("svg.icon use[href*='lucide']").getAttribute("href").split("#")[0];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#i-${name}`);
  svg.append(use);
  return svg;
}

function setUp(form) {
  const input = form.querySelector("input[type=file]");
  const list = document.getElementById(form.dataset.dropzone) ?? form.querySelector("[data-dropzone-list]");
  const drop = form.querySelector(".drop") ?? form;
  if (!input || !list) return;
  form.querySelectorAll("[data-without-script]").forEach((part) => (part.hidden = true));
  const queue = [];
  let [running, sent] = [0, 0];

  function row(file) {
    const words = make("small", { class: "end nowrap" }, `waiting, ${size(file.size)}`);
    const bar = make("progress", { class: "bar", max: "100", value: "0", "aria-label": file.name });
    const button = make("button", { class: "button quiet small", type: "button", "aria-label": `Leave out ${file.name}` }, glyph("x"));
    const item = make("li", {}, make("span", { class: "thumb small", "aria-hidden": "true" }, glyph("image")),
      make("span", { class: "line" }, make("b", { class: "clip" }, file.name), words), button, bar);
    list.append(item);
    return { file, item, words, bar, button };
  }

  function refuse(job, sentence) {
    job.words.className = "state bad";
    job.words.replaceChildren(glyph("circle-alert"), sentence);
    job.bar.classList.add("bad");
    const again = make("button", { class: "button small", type: "button" }, glyph("rotate-ccw"), "Try again");
    again.addEventListener("click", () => {
      job.item.remove();
      add([job.file]);
    });
    job.button.replaceWith(again);
  }

  function answer(job, request) {
    const page = new DOMParser().parseFromString(`<ul>${request.responseText}</ul>`, "text/html");
    document.getElementById("toasts")?.append(...page.querySelectorAll(".toast"));
    const items = page.querySelectorAll("li"); // one, or one for each file of a ZIP
    if (request.getResponseHeader("HX-Redirect")) return location.assign(request.getResponseHeader("HX-Redirect"));
    if (!items.length) return refuse(job, page.querySelector("[data-error]")?.textContent.trim() || "Not sent. Try again.");
    job.item.replaceWith(...items);
    items.forEach((item) => window.htmx?.process(item));
    if (request.status < 300) sent += 1;
  }

  function send(job) {
    const body = new FormData(form);
    body.delete(input.name);
    body.append("upload_key", keyOf(job.file));
    body.append(input.name, job.file);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("HX-Current-URL", location.href);
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      job.bar.value = (event.loaded / event.total) * 100;
      job.words.textContent = event.loaded < event.total ? `${size(event.loaded)} of ${size(event.total)}` : "being checked";
    });
    request.addEventListener("load", () => answer(job, request));
    request.addEventListener("error", () => refuse(job, "The connection broke. Try again."));
    request.addEventListener("abort", () => job.item.remove());
    request.addEventListener("loadend", () => {
      running -= 1;
      next();
    });
    job.button.addEventListener("click", () => request.abort());
    request.send(body);
  }

  function next() {
    while (running < AT_ONCE && queue.length) {
      running += 1;
      send(queue.shift());
    }
    if (!running && !queue.length && sent) {
      sent = 0;
      form.dispatchEvent(new CustomEvent("uploaded", { bubbles: true }));
    }
  }

  function add(files) {
    const { maxBytes, maxPictureBytes } = form.dataset;
    for (const file of files) {
      const most = Number((file.type.startsWith("image/") && maxPictureBytes) || maxBytes) || Infinity;
      const job = row(file);
      if (file.size > most) {
        refuse(job, `Larger than ${size(most)}`);
        job.item.querySelector("button")?.remove(); // trying again would not make it smaller
        continue;
      }
      job.button.addEventListener("click", () => {
        const at = queue.indexOf(job);
        if (at >= 0) queue.splice(at, 1), job.item.remove();
      });
      queue.push(job);
    }
    next();
  }

  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = "";
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    input.click();
  });
  for (const kind of ["dragenter", "dragover"])
    drop.addEventListener(kind, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      drop.classList.add("over");
    });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  window.addEventListener("beforeunload", (event) => running && event.preventDefault());
}

// What the worker notices about new files (that one cannot be read, that it looks like another) is asked for in one go.
const [ASKED_AT_ONCE, ASKED_EVERY] = [20, 2000];
setInterval(async () => {
  const waiting = [...document.querySelectorAll("[data-noticed]")].slice(0, ASKED_AT_ONCE);
  if (document.hidden || !waiting.length) return;
  const place = new URL(waiting[0].dataset.noticed, location);
  const asked = waiting.map((part) => new URL(part.dataset.noticed, location).search.slice(1)).join("&");
  const answer = await fetch(`${place.pathname}?${asked}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of page.querySelectorAll("small[id]")) document.getElementById(part.id)?.replaceWith(part);
}, ASKED_EVERY);

// A file dropped beside the place would open in the browser and take the page away.
for (const kind of ["dragover", "drop"])
  document.addEventListener(kind, (event) => {
    if (event.dataTransfer?.types.includes("Files") && document.querySelector("[data-dropzone]")) event.preventDefault();
  });

const known = new WeakSet();
function find() {
  document.querySelectorAll("form[data-dropzone]").forEach((form) => known.has(form) || (known.add(form), setUp(form)));
}
document.addEventListener("htmx:load", find);
find();
