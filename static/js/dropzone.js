// Many files at once: <form data-dropzone enctype="multipart/form-data"> with a file input and, in it or named by
// the attribute's value, <ul class="files" data-dropzone-list>. Files come by choosing, dropping (folders too), pasting, or
// from a second input with `webkitdirectory`. Each goes to the form's address by itself, three at a time; a large one goes
// in parts (tus 1.0) to the address in `data-parts`, so that it goes on where it was after a pause or a broken connection.
// Where the form says `data-direct`, a large file goes to the object store by a form that this address makes, past Aura,
// and in parts only where the store does not take it (its bucket lets no page of ours in, say).
// The answer is a <li> for each file, taken (200) or refused (413, 422). Without this file the form sends what was chosen
// together. When all are through, the form fires `uploaded`.

const AT_ONCE = 3;
const PART = 4_000_000; // bytes; a file below it goes in one piece
const [TRIES, PAUSE] = [3, 1500]; // after a broken connection: how often, and milliseconds until the first
// A file keeps its key, so that a second try after a broken connection is known to be the same upload.
const keys = new WeakMap();
const keyOf = (file) => keys.get(file) ?? keys.set(file, Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-")).get(file);
const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const rest = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

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

// Files in folders ----------------------------------------------------------------------------------------------------

const isHidden = (name) => name.startsWith(".") || name === "Thumbs.db" || name === "desktop.ini";

async function filesIn(entry) {
  if (isHidden(entry.name)) return [];
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const [reader, found] = [entry.createReader(), []];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed)); // a hundred at most
    if (!some.length) return found;
    for (const inner of some) found.push(...(await filesIn(inner)));
  }
}

// What was dropped has to be asked for at once: it is gone when the event is over.
function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.kind === "file" && item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((entry) => entry.isDirectory)) return Promise.resolve([...transfer.files]);
  return Promise.all(entries.map(filesIn)).then((lists) => lists.flat());
}

// One form ------------------------------------------------------------------------------------------------------------

class Broken extends Error {}

function setUp(form) {
  const input = form.querySelector("input[type=file][name]");
  const list = document.getElementById(form.dataset.dropzone) ?? form.querySelector("[data-dropzone-list]");
  const drop = form.querySelector(".drop") ?? form;
  if (!input || !list) return;
  form.querySelectorAll("[data-without-script]").forEach((part) => (part.hidden = true));
  const queue = [];
  let [running, sent] = [0, 0];

  function control(icon, label, act, words = "") {
    const button = make("button", { class: `button small${words ? "" : " quiet"}`, type: "button", "aria-label": label }, glyph(icon), words);
    button.addEventListener("click", act);
    return button;
  }

  function row(file) {
    const words = make("small", { class: "end nowrap" });
    const bar = make("progress", { class: "bar", max: "100", value: "0", "aria-label": file.name });
    const controls = make("span", { class: "line g1" });
    const why = make("small", { hidden: "" });
    const item = make("li", {}, make("span", { class: "thumb small", "aria-hidden": "true" }, glyph("image")),
      make("span", { class: "line" }, make("b", { class: "clip" }, file.name), words), controls, bar, why);
    list.append(item);
    return { file, item, words, bar, controls, why, state: "", at: 0, place: "", finish: "", request: null };
  }

  // What a row offers follows from its state: waiting and sending can be paused, paused goes on, failed is tried again.
  function show(job, state, sentence) {
    const [name, focused] = [job.file.name, job.controls.contains(document.activeElement)];
    job.state = state;
    job.words.className = state === "failed" ? "state bad" : "end nowrap";
    job.words.replaceChildren(...(state === "failed" ? [glyph("circle-alert"), "Not sent"] : [sentence]));
    job.why.hidden = state !== "failed";
    job.why.textContent = state === "failed" ? sentence : "";
    job.bar.classList.toggle("bad", state === "failed");
    const offers = {
      waiting: () => [control("pause", `Pause ${name}`, () => pause(job))],
      sending: () => [control("pause", `Pause ${name}`, () => pause(job))],
      paused: () => [control("play", `Go on with ${name}`, () => wait(job))],
      failed: () => [control("rotate-ccw", `Try ${name} again`, () => wait(job), "Try again")],
    };
    job.controls.replaceChildren(...offers[state](), control("x", `Leave out ${name}`, () => leaveOut(job)));
    if (focused) job.controls.querySelector("button").focus();
  }

  const wait = (job) => {
    show(job, "waiting", `waiting, ${size(job.file.size)}`);
    queue.push(job);
    next();
  };
  const takeOut = (job) => queue.includes(job) && queue.splice(queue.indexOf(job), 1);

  function pause(job) {
    takeOut(job);
    show(job, "paused", job.at ? `paused, ${size(job.at)} of ${size(job.file.size)}` : "paused");
    job.request?.abort();
  }

  function leaveOut(job) {
    takeOut(job);
    job.state = "gone";
    job.request?.abort();
    for (const place of [job.place, job.finish].filter(Boolean)) ask(job, "DELETE", place, { "Tus-Resumable": "1.0.0" }).catch(() => {});
    job.item.remove();
  }

  // One request of a job. Rejects with Broken where no answer came; an answer of any status is an answer.
  function ask(job, method, address, headers, body = null, progress = null) {
    return new Promise((done, failed) => {
      const request = (job.request = new XMLHttpRequest());
      request.open(method, address);
      const ours = { "HX-Request": "true", "HX-Current-URL": location.href, "X-CSRFToken": form.elements.csrfmiddlewaretoken?.value ?? "" };
      if (new URL(address, location).origin === location.origin) headers = { ...ours, ...headers };
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      if (progress) request.upload.addEventListener("progress", progress);
      request.addEventListener("load", () => done(request));
      for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => failed(new Broken()));
      request.send(body);
    });
  }

  function moved(job, bytes) {
    if (job.state !== "sending") return;
    const all = job.file.size;
    job.bar.value = (bytes / all) * 100;
    job.words.textContent = bytes < all ? `${size(bytes)} of ${size(all)}` : "being checked";
  }

  function whole(job) {
    const body = new FormData(form);
    body.delete(input.name);
    body.append("upload_key", keyOf(job.file));
    body.append(input.name, job.file);
    return ask(job, "POST", form.action, {}, body, (event) => event.lengthComputable && moved(job, (event.loaded / event.total) * job.file.size));
  }

  // Sends what the server does not have yet, part by part; the answer to the last part is that to the file.
  async function inParts(job) {
    const tus = { "Tus-Resumable": "1.0.0" };
    const { file } = job;
    if (job.place) {
      const there = await ask(job, "HEAD", job.place, tus);
      job.at = there.status === 200 ? Number(there.getResponseHeader("Upload-Offset")) : 0;
      if (there.status !== 200) job.place = "";
    }
    if (!job.place) {
      const told = `filename ${base64(file.name)},upload_key ${base64(keyOf(file))}`;
      const begun = await ask(job, "POST", form.dataset.parts, { ...tus, "Upload-Length": file.size, "Upload-Metadata": told });
      if (begun.status !== 201) return begun;
      [job.place, job.at] = [new URL(begun.getResponseHeader("Location"), location).pathname, 0];
    }
    for (;;) {
      const headers = { ...tus, "Upload-Offset": job.at, "Content-Type": "application/offset+octet-stream" };
      const part = await ask(job, "PATCH", job.place, headers, file.slice(job.at, job.at + PART), (event) => moved(job, job.at + event.loaded));
      const through = part.status !== 204;
      // Out of step, and not the answer to a whole file: ask anew how far it has come.
      if (part.status === 409 && !part.getResponseHeader("Upload-Offset")) throw new Broken();
      if (through) return part;
      job.at = Number(part.getResponseHeader("Upload-Offset"));
      moved(job, job.at);
    }
  }

  // Posts the file to the store and then has it taken in. What the store does not take goes in parts, as do later files.
  async function direct(job) {
    const giveUp = (place) => ask(job, "DELETE", place, {}).catch(() => {});
    const around = () => (job.state === "sending" ? inParts(job) : Promise.reject(new Broken()));
    if (!form.dataset.direct && !job.finish) return inParts(job);
    const told = new FormData();
    for (const [name, text] of [["filename", job.file.name], ["size", job.file.size], ["upload_key", keyOf(job.file)]]) told.append(name, text);
    if (!job.finish) {
      const begun = await ask(job, "POST", form.dataset.direct, {}, told);
      if (begun.status === 409) return inParts(job);
      if (begun.status !== 200) return begun;
      const { url, fields, finish } = JSON.parse(begun.responseText);
      const body = new FormData();
      for (const [name, text] of Object.entries(fields)) body.append(name, text);
      body.append("file", job.file);
      const kept = await ask(job, "POST", url, {}, body, (event) => event.lengthComputable && moved(job, (event.loaded / event.total) * job.file.size)).catch(() => null);
      job.finish = kept?.status === 204 ? finish : "";
      if (!job.finish) {
        const ended = giveUp(finish);
        if (job.state !== "sending") throw new Broken(); // paused, or left out: at once, as it may go on before the answer
        form.dataset.direct = "";
        await ended;
        return around();
      }
    }
    const taken = await ask(job, "POST", job.finish, {}, told);
    if (taken.status === 503) throw new Broken();
    const place = job.finish;
    job.finish = "";
    if (taken.status !== 404 && taken.status !== 409) return taken;
    await giveUp(place);
    return around();
  }

  function answer(job, request) {
    const kind = request.getResponseHeader("Content-Type") ?? "";
    const page = new DOMParser().parseFromString(kind.startsWith("text/html") ? `<ul>${request.responseText}</ul>` : "", "text/html");
    document.getElementById("toasts")?.append(...page.querySelectorAll(".toast"));
    if (request.getResponseHeader("HX-Redirect")) return location.assign(request.getResponseHeader("HX-Redirect"));
    const items = page.querySelectorAll("li"); // one, or one for each file of a ZIP
    const sentence = page.querySelector("[data-error]")?.textContent.trim() || (kind.startsWith("text/plain") && request.responseText);
    if (!items.length) return show(job, "failed", sentence || "Not sent. Try again.");
    const focused = job.item.contains(document.activeElement);
    job.state = "done";
    job.item.replaceWith(...items);
    items.forEach((item) => window.htmx?.process(item));
    if (focused) items[0].querySelector("a, button")?.focus();
    if (request.status < 300) sent += 1;
  }

  async function send(job) {
    const large = form.dataset.direct || job.finish ? direct : inParts;
    const [transfer, tries] = form.dataset.parts && job.file.size > PART ? [large, TRIES] : [whole, 1];
    show(job, "sending", `0 of ${size(job.file.size)}`);
    for (let tried = 1; job.state === "sending"; tried += 1) {
      try {
        const request = await transfer(job);
        if (job.state === "sending") answer(job, request);
      } catch (problem) {
        if (!(problem instanceof Broken)) throw problem;
        if (job.state !== "sending") return; // paused, or left out
        if (tried >= tries) return show(job, "failed", "The connection broke. Try again.");
        job.words.textContent = "connecting again";
        await rest(PAUSE * tried);
      }
    }
  }

  // What is through can be put away where the list says `data-clears`: many of them would stand before the library.
  function offerToClear() {
    if (!("clears" in list.dataset)) return;
    list.parentElement.querySelector(".put-away")?.remove();
    const clear = () => {
      list.querySelectorAll(":scope > li:not(:has(progress))").forEach((item) => item.remove());
      line.remove();
      input.focus();
    };
    const line = make("p", { class: "put-away" }, control("x", "Clear this list", clear, "Clear this list"));
    if (list.children.length > 1) list.after(line);
  }

  function next() {
    while (running < AT_ONCE && queue.length) {
      running += 1;
      send(queue.shift()).finally(() => {
        running -= 1;
        next();
      });
    }
    if (!running && !queue.length) offerToClear();
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
      if (file.size <= most) {
        wait(job);
        continue;
      }
      show(job, "failed", `Larger than ${size(most)}`);
      job.controls.firstChild.remove(); // trying again would not make it smaller
    }
  }
  adders.set(form, add);

  for (const chooser of form.querySelectorAll("input[type=file]")) {
    const take = () => {
      add([...chooser.files].filter((file) => chooser === input || !isHidden(file.name)));
      chooser.value = "";
    };
    chooser.addEventListener("change", take);
    if (chooser.files.length) take(); // chosen while this file was on its way
  }
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
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    add(await dropped(event.dataTransfer));
  });
  window.addEventListener("beforeunload", (event) => running && event.preventDefault());
}

// A picture in the clipboard goes to the form that is open; words that come with it go where one is typing.
const adders = new WeakMap();
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  const form = [...document.querySelectorAll("form[data-dropzone]")].find((one) => one.checkVisibility?.() ?? one.offsetParent);
  const typing = event.target.closest?.("input, textarea") && event.clipboardData.types.includes("text/plain");
  if (!files.length || typing || !adders.has(form)) return;
  event.preventDefault();
  const when = `${new Date().toLocaleDateString("en-GB", { day: "numeric", month: "long" })} ${new Date().toTimeString().slice(0, 5).replace(":", ".")}`;
  const named = (file) => (/^image\.\w+$/.test(file.name) ? new File([file], `Pasted ${when}.${file.name.split(".").pop()}`, { type: file.type }) : file);
  adders.get(form)(files.map(named));
});

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
