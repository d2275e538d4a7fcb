// Before the first paint: scripts run here; and where the browser gives up a cross-fade between two pages (it does
// while imported style sheets are on their way), that is no error of the page.
document.documentElement.dataset.script = "on";
addEventListener("unhandledrejection", (event) => {
  if (/ViewTransition|Transition was/.test(event.reason?.message)) event.preventDefault();
});
