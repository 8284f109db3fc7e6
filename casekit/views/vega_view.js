// One chart view for Jupyter and Voilà: the data of a picture travel once, afterwards only Vega parameters change.
// Bundled offline with Vega by bundle.py, which provides vegaEmbed and lodashDebounce; imports are not allowed here.

const EMBED = { renderer: "svg", actions: false, tooltip: { theme: "light" } };
const ZOOM_STEP = 1.25;
const PRINTED_WIDTH = 1120; // pixels of a page on paper, before it is scaled to the sheet
const SHEET = 192 / 168; // width of the paper to the height a picture may take there, in mm: a tall picture is drawn wider

function margins(layout, width) {
  if (layout.narrow && width < layout.narrow.below) return layout.narrow.padding;
  const { spared = [], ...padding } = layout.padding; // a wide picture needs fewer lines for its key
  return { ...padding, top: padding.top - (spared.findLast(([from]) => width >= from)?.[1] ?? 0) };
}

// The lanes have as many rows as the chosen patient needs; a lane that is not shown has no height and no gap.
function laneHeights(layout, extra = 0) {
  return layout.heights.map((rows, place) => {
    const tall = `((${JSON.stringify(rows)})[patient] || ${Math.max(...Object.values(rows))})${extra ? ` + ${extra}` : ""}`;
    const name = layout.lanes?.[place];
    return name ? `(indexof(lanes, '${name}') < 0 ? 0 : ${tall})` : tall;
  });
}

function size(vega, layout, total) {
  // The picture follows the width of the page.
  const padding = margins(layout, total);
  vega.autosize = { type: "none", contains: "content" };
  vega.width = innerWidth(layout, total);
  vega.padding = padding;
  const named = new Map((vega.signals ?? []).map((signal) => [signal.name, signal]));
  if (named.has("left")) named.get("left").value = padding.left;
  if (!layout.heights) { vega.height = layout.height; return vega; }
  const heights = laneHeights(layout);
  heights.forEach((height, place) => {
    const signal = named.get(`concat_${place}_height`) ?? named.get("childHeight");
    if (!signal) return;
    delete signal.value;
    signal.update = height;
  });
  delete vega.height;
  vega.signals = [...(vega.signals ?? []), { name: "height", update: `${laneHeights(layout, layout.gap).join(" + ")} - ${layout.gap}` }];
  return vega;
}

function totalWidth(host, layout) {
  return host.clientWidth || layout.width + layout.padding.left + layout.padding.right;
}

function innerWidth(layout, total) {
  const padding = margins(layout, total);
  return Math.max(layout.minimum ?? 200, total - padding.left - padding.right);
}

async function fit(entry, total = totalWidth(entry.host, entry.layout)) {
  const { view, layout } = entry;
  if (Math.abs(innerWidth(layout, total) - view.width()) <= 1) return;
  const padding = margins(layout, total);
  view.padding(padding).width(innerWidth(layout, total));
  if (has(view, "left")) view.signal("left", padding.left);
  await view.runAsync();
}

function has(view, name) {
  return name in view._runtime.signals;
}

async function apply(view, params) {
  let changed = false;
  for (const [name, value] of Object.entries(params)) {
    if (has(view, name) && JSON.stringify(view.signal(name)) !== JSON.stringify(value)) {
      view.signal(name, value);
      changed = true;
    }
  }
  if (changed) await view.runAsync();
}

// Vega leaves the gaps of lanes without height: what is below them moves up.
function hideLanes({ svg, view, layout }) {
  if (!layout?.lanes || !has(view, "lanes")) return;
  // inside the picture, so that a saved picture has the same lanes
  const style = svg.querySelector(":scope > style") ?? svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "style"));
  const shown = view.signal("lanes");
  let up = 0;
  style.textContent = layout.lanes.map((name, place) => {
    const lane = `#${svg.id} .concat_${place}_group`;
    if (!name || shown.includes(name)) return up ? `${lane} { transform: translateY(-${up}px); }` : "";
    up += layout.gap;
    return `${lane} { display: none; }`;
  }).join("\n");
}

let hosts = 0;
const specs = new Map(); // what one picture of a page has received, another one of that page need not be sent

async function embed(parent, spec, params) {
  const layout = spec.usermeta?.layout;
  const host = document.createElement("div");
  host.className = "casekit-chart";
  host.id = `casekit-chart-${hosts += 1}`;
  parent.appendChild(host);
  const drawing = document.createElement("div");
  host.append(drawing);
  const options = { ...EMBED };
  if (layout) options.patch = (vega) => size(vega, layout, totalWidth(host, layout));
  const seeded = structuredClone(spec);
  for (const param of seeded.params ?? []) if (param.name in params && !param.expr) param.value = params[param.name];
  const { view, finalize } = await vegaEmbed(drawing, seeded, options);
  const svg = drawing.querySelector("svg");
  svg.id = `${host.id}-svg`;
  const entry = { host, view, finalize, layout, svg, pick: spec.usermeta?.pick ?? [] };
  hideLanes(entry);
  return entry;
}

function zoomed(view, factor, at) {
  const [from, to] = [view.signal("day_from"), view.signal("day_to")];
  const [low, high] = [view.signal("day_first") ?? -Infinity, view.signal("day_last") ?? Infinity];
  const centre = from + at * (to - from);
  const span = Math.min(Math.max((to - from) * factor, 7), high - low);
  const start = Math.min(Math.max(centre - at * span, low), high - span);
  return [start, start + span];
}

function panned(view, from, to, days) {
  const shift = Math.min(Math.max(days, (view.signal("day_first") ?? -Infinity) - from), (view.signal("day_last") ?? Infinity) - to);
  return [from + shift, to + shift];
}

function wireTime(entry, report, tell) {
  const { host, view, layout } = entry;
  if (!layout || !has(view, "day_from")) return;
  const inside = (event) => event.clientX - host.getBoundingClientRect().left - view.padding().left;
  const move = ([from, to]) => {
    view.signal("day_from", from).signal("day_to", to).runAsync();
    const window = { day_from: from, day_to: to };
    report(window);
    tell(window);
  };
  const zoom = (factor, at = 0.5) => move(zoomed(view, factor, at));
  let drag = null;
  host.addEventListener("pointerdown", (event) => {
    if (event.button || inside(event) < 0 || event.target.closest("button")) return;
    drag = { x: event.clientX, from: view.signal("day_from"), to: view.signal("day_to"), live: false };
  });
  host.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const dx = event.clientX - drag.x;
    if (!drag.live && Math.abs(dx) < 5) return;
    if (!drag.live) host.setPointerCapture(event.pointerId);
    drag.live = true;
    host.classList.add("casekit-dragging");
    move(panned(view, drag.from, drag.to, (-dx / view.width()) * (drag.to - drag.from)));
  });
  const end = () => { drag = null; host.classList.remove("casekit-dragging"); };
  host.addEventListener("pointerup", end);
  host.addEventListener("pointercancel", end);
  host.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the plain wheel scrolls the page
    event.preventDefault();
    zoom(event.deltaY > 0 ? ZOOM_STEP : 1 / ZOOM_STEP, Math.min(Math.max(inside(event) / view.width(), 0), 1));
  }, { passive: false });
  const reset = () => report({ reset: Date.now() });
  host.addEventListener("dblclick", reset);
  host.appendChild(buttons([["+", "Zoom in", () => zoom(1 / ZOOM_STEP)], ["−", "Zoom out", () => zoom(ZOOM_STEP)], ["⟲", "Reset the time window", reset]]));
}

function buttons(list) {
  const bar = document.createElement("div");
  bar.className = "casekit-zoom";
  for (const [text, label, action] of list) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: text, title: label, onclick: action });
    button.setAttribute("aria-label", label);
    bar.appendChild(button);
  }
  return bar;
}

// A click reports what the mark knows of what the picture asks for, the patient at least.
function pickedOf(entry, datum) {
  if (!datum || !(entry.pick[0] in datum)) return null;
  return Object.fromEntries(entry.pick.filter((name) => name in datum).map((name) => [name, datum[name]]));
}

function isWhole(entry, picked) {
  return picked && entry.pick.every((name) => name in picked);
}

function wirePicks(entry, model) {
  if (!entry.pick.length) return;
  const report = (datum) => {
    const picked = pickedOf(entry, datum);
    if (!picked) return;
    model.set("picked", picked);
    model.save_changes();
  };
  entry.view.addEventListener("click", (_event, item) => report(item?.datum));
  wireKeys(entry, report);
}

// The marks that answer a click are one stop of the tab key; arrows move among them, Enter or Space picks.
function wireKeys(entry, report) {
  const { host } = entry;
  const marks = () => {
    const seen = new Map();
    for (const node of host.querySelectorAll("svg path[aria-label]")) {
      const picked = pickedOf(entry, node.__data__?.datum);
      const box = isWhole(entry, picked) && node.getBoundingClientRect();
      if (box?.width) seen.set(JSON.stringify(picked), { node, x: box.x + box.width / 2, y: box.y + box.height / 2 });
    }
    return [...seen.values()];
  };
  const open = () => {
    for (const { node } of marks()) node.setAttribute("tabindex", "-1");
    marks()[0]?.node.setAttribute("tabindex", "0");
  };
  entry.afterDrawing = () => requestAnimationFrame(open);
  host.addEventListener("keydown", (event) => {
    const all = marks();
    const here = all.find(({ node }) => node === document.activeElement);
    if (!here) return;
    if (event.key === "Enter" || event.key === " ") report(here.node.__data__.datum);
    else if (!event.key.startsWith("Arrow")) return;
    else neighbour(all, here, event.key)?.node.focus();
    event.preventDefault();
    event.stopPropagation();
  });
}

function neighbour(all, here, key) {
  const along = key === "ArrowLeft" || key === "ArrowRight" ? "x" : "y";
  const across = along === "x" ? "y" : "x";
  const sign = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
  const ahead = all.filter((mark) => sign * (mark[along] - here[along]) > 3);
  const far = (mark) => Math.abs(mark[along] - here[along]) + 8 * Math.abs(mark[across] - here[across]);
  return ahead.sort((one, other) => far(one) - far(other))[0];
}

function wirePrint(entries) {
  // Printing waits for nobody: the picture is drawn anew before the browser looks at it.
  const draw = (onPaper) => {
    for (const { host, view, layout, svg } of entries()) {
      if (!layout || host.hidden) continue;
      const tall = svg.getBoundingClientRect().height;
      const width = onPaper ? Math.max(PRINTED_WIDTH, tall * SHEET) : totalWidth(host, layout);
      if (has(view, "framed")) view.signal("framed", !onPaper); // the frame points to an explanation that is not printed
      view.padding(margins(layout, width)).width(innerWidth(layout, width));
      if (has(view, "left")) view.signal("left", margins(layout, width).left);
      view.run();
    }
  };
  const today = () => new Date().toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  const before = () => {
    for (const day of document.querySelectorAll(".ck-printed time")) day.textContent = `· printed ${today()}`;
    draw(true);
  };
  const after = () => draw(false);
  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
  return () => { removeEventListener("beforeprint", before); removeEventListener("afterprint", after); };
}

function specFor(model, key) {
  const [page, spec] = [model.get("page"), model.get("spec")];
  if (page && spec?.usermeta?.key) specs.set(`${page} ${spec.usermeta.key}`, spec);
  return spec?.usermeta?.key === key ? spec : specs.get(`${page} ${key}`);
}

function describe(host, label) {
  if (!label) return;
  host.setAttribute("role", "group");
  host.setAttribute("aria-label", label);
}

async function render({ model, el }) {
  el.classList.add("casekit-vega");
  const [entries, drawn] = [new Map(), new Set()];
  let shown = null;
  const send = lodashDebounce((values) => {
    const { reset, ...window } = values;
    if (reset) model.send({ reset: true });
    else { model.set("params", { ...model.get("params"), ...window }); model.save_changes(); }
  }, 200);
  // Time moves in all pictures of a page at once, before Python hears of it.
  const page = model.get("page");
  const tell = (window) => page && dispatchEvent(new CustomEvent("casekit-window", { detail: { page, el, window } }));
  const listen = ({ detail }) => { if (detail.page === page && detail.el !== el && shown) apply(shown.view, detail.window); };
  addEventListener("casekit-window", listen);
  const build = async (key, spec) => {
    const entry = await embed(el, spec, model.get("params"));
    wireTime(entry, send, tell);
    wirePicks(entry, model);
    drawn.add(entry);
    return entry;
  };
  let turn = 0;
  const show = async () => {
    const [key, mine] = [model.get("key"), ++turn];
    if (!key) return;
    const spec = specFor(model, key);
    if (!entries.has(key)) {
      if (!spec) { model.send({ need: key }); return; }
      entries.set(key, build(key, spec));
    }
    const entry = await entries.get(key);
    if (mine !== turn) return;
    await apply(entry.view, model.get("params"));
    hideLanes(entry);
    describe(entry.host, model.get("label"));
    for (const other of drawn) other.host.hidden = other !== entry;
    shown = entry;
    if (entry.layout) await fit(entry);
    entry.afterDrawing?.();
  };
  const guarded = () => show().catch((error) => {
    console.warn("casekit chart", error.message);
    el.dataset.problem = "The picture could not be drawn. Please reload the page.";
  });
  for (const trait of ["key", "spec", "params", "label"]) model.on(`change:${trait}`, guarded);
  const watch = new ResizeObserver(lodashDebounce(() => shown?.layout && fit(shown), 60));
  watch.observe(el);
  const stopPrinting = wirePrint(() => [...drawn]);
  await guarded();
  return () => {
    watch.disconnect();
    stopPrinting();
    removeEventListener("casekit-window", listen);
    for (const entry of drawn) entry.finalize();
  };
}

function initialize({ model }) {
  // Pictures that came first wait in this place, see await_engine.js; a second engine of this version changes nothing.
  const place = model.get("place");
  globalThis[place] ??= { ready: Promise.resolve({ render }), resolve() {} };
  globalThis[place].resolve({ render });
}

export default { initialize, render };
