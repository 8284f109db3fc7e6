// Left and right arrow lead to the neighbouring patient, unless the key belongs to what has the focus.
const OWN_KEYS = "input, select, textarea, [contenteditable], [role=slider], .cm-editor, svg *";
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

function render({ model, el }) {
  const voice = document.createElement("div");
  voice.className = "ck-unseen";
  voice.setAttribute("role", "status");
  el.append(voice);
  const say = () => { voice.textContent = model.get("said"); };
  model.on("change:said", say);
  const published = document.body.dataset.voila === "voila";
  const press = (event) => {
    const here = event.target;
    const ours = el.closest(".ck-page")?.contains(here) || (published && here === document.body);
    const patientList = here.matches?.(".ck-patient select");
    if (!STEPS[event.key] || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !ours) return;
    if (!patientList && here.closest?.(OWN_KEYS)) return;
    event.preventDefault();
    model.send({ step: STEPS[event.key] });
  };
  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}

export default { render };
