// Sends a call of the page that explains the API: with the token typed there, or as the session of this workspace.

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-try]");
  if (!form) return;
  event.preventDefault();
  const shown = form.querySelector("[data-answer]");
  const token = document.getElementById("api-token");
  const csrf = document.querySelector("[data-api-session] [name=csrfmiddlewaretoken]");
  const headers = { Accept: "application/json" };
  if (token?.value) headers.Authorization = `Bearer ${token.value.trim()}`;
  if (csrf) headers["X-CSRFToken"] = csrf.value;
  const body = form.elements.body?.value;
  if (body) headers["Content-Type"] = "application/json";
  shown.hidden = false;
  shown.textContent = "…";
  try {
    const address = new URL(form.elements.path.value, location.origin);
    if (address.origin !== location.origin || !address.pathname.includes("/api/v1/")) throw new Error("elsewhere");
    const answer = await fetch(address, { method: form.dataset.try, headers, body, credentials: csrf ? "same-origin" : "omit" });
    const text = await answer.text();
    let pretty = text;
    try {
      pretty = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      /* an answer without a body, or a file */
    }
    shown.textContent = `${answer.status} ${answer.statusText}\n${pretty}`;
  } catch {
    shown.textContent = "No answer came. Look at the address, then send it again.";
  }
});

// A link to one call opens it.
const open = () => document.getElementById(decodeURIComponent(location.hash.slice(1)))?.setAttribute("open", "");
window.addEventListener("hashchange", open);
open();
