// The reasons for what was clicked. They come into view, because the picture above may fill the window.

function render({ model, el }) {
  el.setAttribute("role", "status");
  const draw = () => { el.innerHTML = model.get("card"); };
  const see = () => requestAnimationFrame(() => el.scrollIntoView({ block: "nearest", behavior: "smooth" }));
  model.on("change:card", draw);
  model.on("msg:custom", see);
  draw();
}

export default { render };
