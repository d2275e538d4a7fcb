// A button that copies the value of a field: <button data-copy="id of the field">

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const field = button && document.getElementById(button.dataset.copy);
  if (!field) return;
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    document.dispatchEvent(new CustomEvent("aura:toast", { detail: { text: "Copied.", tone: "good" } }));
  } catch {
    document.dispatchEvent(
      new CustomEvent("aura:toast", { detail: { text: "The link is selected. Copy it with Ctrl C.", tone: "note" } }),
    );
  }
});
