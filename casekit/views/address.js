// Writes the view into the address of a published page. JupyterLab's own address says which files are open: it is left
// alone, and the call that opens this view is shown instead.
function render({ model, el }) {
  const published = document.body.dataset.voila === "voila";
  const call = document.createElement("code");
  const write = () => {
    const query = model.get("query");
    if (!query) return;
    if (published) history.replaceState(history.state, "", `${location.pathname}?${query}`);
    else call.textContent = model.get("call").replace(/\)$/, `, ${JSON.stringify(query)})`);
  };
  if (!published) el.append(call);
  model.on("change:query", write);
  write();
}

export default { render };
