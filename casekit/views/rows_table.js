// The table beside a picture: sorted here, filled by Python when it is opened. Files come from Python as bytes.
// It also tells Python when the viewer comes near, for pictures below the first are drawn then.

const NEAR = "500px";
const AT_LAST = 4000; // then also what nobody has scrolled to, so that a printed page is whole
const APART = 900;
const PIXELS = 3;
const SHORT = 20; // letters of a cell that stays on one line

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function save(content, name, type) {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// The number a cell begins with: 10.25 g/L stands below 10.5 g/L, which a comparison of words gets wrong.
function figure(cell) {
  return typeof cell === "number" ? cell : parseFloat(cell.replace(/^[<>×]\s*/, "").replace("−", "-").replaceAll("\u202f", ""));
}

function sorted(rows, order) {
  if (order.column < 0) return rows;
  const side = order.down ? -1 : 1;
  const compare = (one, other) => {
    const [a, b] = [one[order.column][1], other[order.column][1]];
    if (a === null || b === null) return (a === null) - (b === null); // missing last, whichever way
    return side * (figure(a) - figure(b) || String(a).localeCompare(String(b), undefined, { numeric: true }));
  };
  return [...rows].sort(compare);
}

function table(model, order, redraw) {
  const [head, rows] = [model.get("head"), sorted(model.get("rows"), order)];
  const who = head.findIndex((column) => column.name === "patient_id");
  const headings = head.map((column, place) => {
    const way = order.column !== place ? "none" : order.down ? "descending" : "ascending";
    const sign = { none: "", ascending: " ▲", descending: " ▼" }[way];
    const button = element("button", { type: "button", textContent: column.label + sign, title: "Sort by this column" });
    button.onclick = () => { order.down = order.column === place && !order.down; order.column = place; redraw(place); };
    const cell = element("th", { scope: "col", className: column.number ? "number" : "" }, button);
    cell.setAttribute("aria-sort", way);
    return cell;
  });
  const body = rows.map((row) => {
    const patient = who < 0 ? "" : row[who][0];
    const line = element("tr", { className: patient && patient === model.get("patient") ? "chosen" : "" });
    line.append(...row.map(([text], place) => {
      const cell = element("td", { className: head[place].number ? "number" : text.length <= SHORT ? "short" : "" });
      if (place !== who) { cell.textContent = text; return cell; }
      const button = element("button", { type: "button", textContent: text, title: `Show ${text} in all pictures` });
      button.onclick = () => model.send({ patient: text });
      cell.append(button);
      return cell;
    }));
    return line;
  });
  return element("table", {}, element("thead", {}, element("tr", {}, ...headings)), element("tbody", {}, ...body));
}

function drawing(el, origin) {
  // The picture on screen as a file of its own, with a line below that says where it comes from.
  const shown = el.closest(".ck-panel")?.querySelector(".casekit-chart:not([hidden]) svg");
  if (!shown) return null;
  const copy = shown.cloneNode(true);
  const box = shown.viewBox.baseVal.width ? shown.viewBox.baseVal : shown.getBoundingClientRect();
  const height = box.height + 26;
  const names = "http://www.w3.org/2000/svg";
  const part = (tag, attributes, text) => {
    const made = document.createElementNS(names, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  };
  for (const [name, value] of Object.entries({ xmlns: names, viewBox: `0 0 ${box.width} ${height}`, width: box.width, height })) copy.setAttribute(name, value);
  copy.prepend(part("metadata", {}, origin), part("rect", { width: box.width, height, fill: "#ffffff" }, ""));
  const size = Math.min(11, (box.width - 20) / (origin.length * 0.52));
  copy.append(part("text", { x: 10, y: height - 9, "font-family": "Arial, Liberation Sans, sans-serif", "font-size": size, fill: "#52606d" }, origin));
  return { text: new XMLSerializer().serializeToString(copy), width: box.width, height };
}

async function png({ text, width, height }) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = element("canvas", { width: width * PIXELS, height: height * PIXELS });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function copied(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = element("textarea", { value: text }); // pages served over plain http have no clipboard
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  return Promise.resolve();
}

function wireNear(model, el) {
  const told = () => { watch.disconnect(); clearTimeout(late); model.send({ near: true }); };
  const watch = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && told(), { rootMargin: NEAR });
  const late = setTimeout(told, AT_LAST + APART * model.get("place"));
  watch.observe(el);
  return () => { watch.disconnect(); clearTimeout(late); };
}

function render({ model, el }) {
  el.classList.add("ck-rows");
  const order = { column: -1, down: false };
  const said = element("span", { className: "said", role: "status" });
  const say = (text) => { said.textContent = text; };
  const act = (text, title, action) => element("button", { type: "button", textContent: text, title, onclick: action });
  const picture = (kind) => async () => {
    const made = drawing(el, model.get("origin"));
    if (!made) return say("The picture is not drawn yet.");
    const name = `casekit-${model.get("name")}.${kind}`;
    if (kind === "svg") save(made.text, name, "image/svg+xml");
    else save(await png(made), name, "image/png");
    return say(`Saved as ${name}`);
  };
  const file = (kind) => () => model.send({ file: kind });
  const bar = element("div", { className: "bar" });
  if (model.get("beside_picture")) bar.append(element("span", { textContent: "Picture" }), act("SVG", "Save the picture as SVG", picture("svg")), act("PNG", "Save the picture as PNG", picture("png")));
  bar.append(element("span", { textContent: "Rows" }), act("Copy", "Copy the rows", file("text")), act("CSV", "Save the rows as CSV", file("csv")), act("XLSX", "Save the rows as a workbook", file("xlsx")), said);
  const summary = element("summary");
  const box = element("div", { className: "box", tabIndex: 0, role: "region" });
  const fold = element("details", { open: model.get("opened"), className: model.get("beside_picture") ? "beside" : "whole" }, summary, box);
  fold.ontoggle = () => { if (fold.open && !model.get("rows").length) model.send({ open: true }); };
  const draw = (focus = -1) => {
    const count = model.get("count");
    summary.textContent = count < 0 ? "Rows" : `${count} ${count === 1 ? "row" : "rows"}`;
    box.setAttribute("aria-label", `Rows of ${model.get("name")}`);
    if (fold.open) box.replaceChildren(count === 0 ? element("p", { textContent: "No rows for these patients." }) : table(model, order, draw));
    if (focus >= 0) box.querySelectorAll("th button")[focus]?.focus();
  };
  model.on("change:fresh", () => draw());
  model.on("change:patient", () => draw());
  model.on("msg:custom", (content, buffers) => {
    const bytes = buffers[0] && new Uint8Array(buffers[0].buffer ?? buffers[0], buffers[0].byteOffset ?? 0, buffers[0].byteLength);
    if (content.file === "text") copied(new TextDecoder().decode(bytes)).then(() => say("Copied"), () => say("The browser did not allow copying."));
    else if (content.file) { save(bytes, `${content.name}.${content.file}`, "application/octet-stream"); say(`Saved as ${content.name}.${content.file}`); }
  });
  el.append(bar, fold);
  draw();
  return wireNear(model, el);
}

export default { render };
