// The composer keeps what is written on the server: three seconds after the last change, and when the page is left.
// It is no change of the post, and never more than one request is on its way.

const form = document.getElementById("post");
const said = document.querySelector("[data-keep]");
const PAUSE = 3000;
const AGAIN = 15000; // after a failure
const SMALL = 60000; // bytes that browsers send from a page that is being left

const { sent } = form.dataset; // it may come with the very press that saves
let [timer, under, changed, over] = [0, null, false, !said || (sent !== undefined && sent !== "change")];

const later = (wait) => {
  clearTimeout(timer);
  timer = setTimeout(keep, wait);
};

async function keep(leaving = false) {
  if (over || !changed) return;
  if (under) {
    if (leaving !== true) return; // what is on its way comes back here
    under.abort();
  }
  clearTimeout(timer);
  changed = false;
  const mine = (under = new AbortController());
  const body = new URLSearchParams(new FormData(form));
  const keepalive = leaving === true && body.toString().length < SMALL;
  try {
    const answer = await fetch(said.dataset.keep, { method: "POST", body, keepalive, signal: mine.signal });
    if (answer.redirected) throw new Error("signed out");
    const told = await answer.json();
    said.textContent = told.sentence;
    said.classList.toggle("bad", !answer.ok);
    if (answer.status === 409) over = true;
    else if (!answer.ok && answer.status >= 500) throw new Error(answer.status);
  } catch (problem) {
    if (problem.name === "AbortError") return;
    changed = true;
    said.textContent = problem.message === "signed out" ? "Not kept: you are signed out. Copy your words first." : "Not kept: no connection. Your words are still here.";
    said.classList.add("bad");
    later(AGAIN);
  } finally {
    if (under === mine) under = null;
  }
  if (changed && !said.classList.contains("bad")) later(PAUSE);
}

function note() {
  changed = true;
  later(PAUSE);
}
for (const type of ["input", "change"]) document.addEventListener(type, ({ target }) => target.form === form && note());
document.getElementById("composer").addEventListener("sorted", note);
addEventListener("online", () => changed && later(0));
addEventListener("pagehide", () => keep(true));
document.addEventListener("visibilitychange", () => document.hidden && keep(true));
// What is saved need not be kept; a button that only changes the form (without JavaScript's help) comes back here.
form.addEventListener("submit", ({ submitter }) => {
  if (submitter?.name === "change") return;
  over = true;
  clearTimeout(timer);
  under?.abort();
});
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) over = !said;
});
// It comes with the first press or key: what that has typed already counts, and so does what a refused save left here.
const typed = ({ type, value, defaultValue }) => type !== "hidden" && defaultValue !== undefined && value !== defaultValue;
if (said && ("dirty" in said.dataset || [...form.elements].some(typed))) note();
