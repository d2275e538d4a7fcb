// How much room is left: <span class="counter" data-counter="id_caption" data-limit="280" data-rule="weighted">
// counts the field with that id; `data-fallback` names the field that counts while the first is empty.
// The rules are those of the server, which stays the judge.

const LINK = 23; // what X and Mastodon count for any link, however long
const WORD = "\\p{L}\\p{M}\\p{N}_\\u200c\\u200d"; // what the server calls a letter
const URLS = /https?:\/\/[^\s<>"'`{}|\\^[\]]+/giu;
// X links a bare domain as well when its ending exists: two letters are countries, the rest are the common ones.
const ENDINGS = "com|org|net|edu|gov|mil|int|info|biz|name|app|dev|shop|store|online|site|blog|tech|news|agency|studio|[a-z]{2}";
const BARE = new RegExp(
  `(?<![${WORD}@.\\-/])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\\.)+(?:${ENDINGS})(?![${WORD}@-]|\\.[${WORD}])(?:/[^\\s<>"'\`{}|\\\\^[\\]]*)?`,
  "giu",
);
const MENTIONS = new RegExp(`(?<![${WORD}@/])(@[${WORD}]+(?:[.-][${WORD}]+)*)@[${WORD}-]+(?:\\.[${WORD}-]+)+`, "gu");
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const clusters = (text) => Array.from(segmenter.segment(text), (part) => part.segment);
const bytes = (text) => new TextEncoder().encode(text).length;
const sum = (list, of) => list.reduce((total, one) => total + of(one), 0);

// Closing punctuation belongs to the sentence, not to the link.
function trimmed(link) {
  const tail = () => ".,;:!?…*_~".includes(link.at(-1)) || (link.endsWith(")") && link.split(")").length > link.split("(").length);
  while (link && tail()) link = link.slice(0, -1);
  return link;
}

// The stretches between links, and how many links there were.
function takeOut(text, pattern) {
  const words = [];
  let [links, start] = [0, 0];
  for (const match of text.matchAll(pattern)) {
    const link = trimmed(match[0]);
    if (!link) continue;
    words.push(text.slice(start, match.index));
    start = match.index + link.length;
    links += 1;
  }
  words.push(text.slice(start));
  return [words, links];
}

// Code points that X counts once; everything else, and every emoji, twice (twitter-text, configuration 3).
const light = (point) => point <= 4351 || (point >= 8192 && point <= 8205) || (point >= 8208 && point <= 8223) || (point >= 8242 && point <= 8247);
// © and ® are plain characters until a variation selector makes them pictures.
const picture = (cluster) => EMOJI.test(cluster) && (cluster.codePointAt(0) > 0xff || cluster.includes("\ufe0f"));
const weight = (cluster) => (picture(cluster) ? 2 : sum([...cluster], (one) => (light(one.codePointAt(0)) ? 1 : 2)));

function weighted(text) {
  const [words, links] = takeOut(text.normalize("NFC"), URLS);
  return links * LINK + sum(words, (word) => {
    const [pieces, bare] = takeOut(word, BARE);
    return bare * LINK + sum(pieces, (piece) => sum(clusters(piece), weight));
  });
}

function url23(text) {
  const [words, links] = takeOut(text, URLS);
  return links * LINK + sum(words, (word) => clusters(word.replace(MENTIONS, "$1")).length);
}

const RULES = {
  chars: (text) => [...text].length,
  graphemes: (text) => clusters(text).length,
  bytes,
  utf16: (text) => text.length,
  url23,
  weighted,
  emoji_bytes: (text) => sum(clusters(text), (cluster) => (EMOJI.test(cluster) ? bytes(cluster) : [...cluster].length)),
};

const marked = (number) => number.toLocaleString("en");

function update(counter) {
  const field = document.getElementById(counter.dataset.counter);
  const instead = document.getElementById(counter.dataset.fallback ?? "");
  // As it goes out: without what is blank around it.
  const text = (field?.value.trim() || instead?.value.trim() || "").replaceAll("\r\n", "\n");
  const limit = Number(counter.dataset.limit);
  const used = (RULES[counter.dataset.rule] ?? RULES.chars)(text);
  const left = limit - used;
  const words = counter.querySelector("[data-left]") ?? counter;
  words.textContent = left < 0 ? `${marked(-left)} over` : `${marked(left)} left`;
  counter.classList.toggle("bad", left < 0);
  counter.classList.toggle("warn", left >= 0 && left < limit * 0.08);
  const ring = counter.querySelector(".ring");
  if (!ring) return;
  ring.lastElementChild.setAttribute("stroke-dasharray", `${Math.min(100, (used / limit) * 100)} 100`);
  ring.classList.toggle("bad", left < 0);
  ring.classList.toggle("warn", left >= 0 && left < limit * 0.08);
}

const updateAll = (id) =>
  document.querySelectorAll("[data-counter]").forEach((counter) => {
    if (!id || counter.dataset.counter === id || counter.dataset.fallback === id) update(counter);
  });
document.addEventListener("input", (event) => event.target.id && updateAll(event.target.id));
document.addEventListener("htmx:load", () => updateAll());
updateAll();
