// A button that copies the value of a field, or the words of anything else: <button data-copy="id of it">

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  const field = button && document.getElementById(button.dataset.copy);
  if (!field) return;
  if (field.select) field.select();
  else window.getSelection().selectAllChildren(field);
  try {
    await navigator.clipboard.writeText(field.value ?? field.textContent);
    document.dispatchEvent(new CustomEvent("aura:toast", { detail: { text: "Copied.", tone: "good" } }));
  } catch {
    document.dispatchEvent(
      new CustomEvent("aura:toast", { detail: { text: "It is selected. Copy it with Ctrl C.", tone: "note" } }),
    );
  }
});
