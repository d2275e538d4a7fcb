// The next page of a list, as soon as its end comes into view: <li data-more hx-get="…" hx-trigger="more">.
// Without this file the links in it lead to that page.

const seen = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || target.classList.contains("htmx-request")) continue;
      seen.unobserve(target);
      // Asking again for the first page would take the further ones away.
      target.closest("[data-poll]")?.removeAttribute("data-poll");
      window.htmx?.trigger(target, "more");
    }
  },
  { rootMargin: "600px" },
);
const watch = () => document.querySelectorAll("[data-more]").forEach((end) => seen.observe(end));
document.addEventListener("htmx:load", watch);
watch();
