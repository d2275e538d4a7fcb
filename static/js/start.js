// The form of a new workspace: the browser's zone is picked, and the address follows the name until somebody edits it.

const form = document.querySelector("[data-new-workspace]");
const zone = form?.querySelector("[data-zone=guess]");
const slug = form?.querySelector("[data-slug]");
const name = form?.querySelector("[data-slug-from]");

const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && zone.value === "UTC" && [...zone.options].some((option) => option.value === here)) zone.value = here;

function slugOf(text) {
  return text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
}

let own = Boolean(slug?.value);
slug?.addEventListener("input", () => (own = slug.value !== ""));
name?.addEventListener("input", () => {
  if (slug && !own) slug.value = slugOf(name.value);
});
