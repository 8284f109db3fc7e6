// One chart view for Jupyter and Voilà: the data of a picture travel once, afterwards only Vega parameters change.
// Bundled offline with Vega by bundle.py, which provides vegaEmbed and lodashDebounce; imports are not allowed here.

const EMBED = { renderer: "svg", actions: false, tooltip: { theme: "light" } };
const ZOOM_STEP = 1.25;

function size(vega, layout) {
  // The picture follows the width of the page, and its lanes have as many rows as the chosen patient needs.
  vega.autosize = { type: "none", contains: "content" };
  vega.width = layout.width;
  vega.padding = layout.padding;
  if (!layout.heights) { vega.height = layout.height; return vega; }
  const lanes = layout.heights.map((rows) => `((${JSON.stringify(rows)})[patient] || ${Math.max(...Object.values(rows))})`);
  const named = new Map((vega.signals ?? []).map((signal) => [signal.name, signal]));
  lanes.forEach((height, place) => {
    const signal = named.get(`concat_${place}_height`) ?? named.get("childHeight");
    if (!signal) return;
    delete signal.value;
    signal.update = height;
  });
  delete vega.height;
  vega.signals = [...(vega.signals ?? []), { name: "height", update: `${lanes.join(" + ")} + ${layout.gap * (lanes.length - 1)}` }];
  return vega;
}

function innerWidth(host, layout) {
  const total = host.clientWidth || layout.width + layout.padding.left + layout.padding.right;
  return Math.max(layout.minimum ?? 240, total - layout.padding.left - layout.padding.right);
}

function known(view, params) {
  const names = view._runtime.signals;
  return Object.entries(params).filter(([name]) => name in names);
}

async function apply(view, params) {
  let changed = false;
  for (const [name, value] of known(view, params)) {
    if (JSON.stringify(view.signal(name)) !== JSON.stringify(value)) {
      view.signal(name, value);
      changed = true;
    }
  }
  if (changed) await view.runAsync();
}

async function embed(parent, spec, params) {
  const layout = spec.usermeta?.layout;
  const host = document.createElement("div");
  host.className = "casekit-chart";
  parent.appendChild(host);
  const options = { ...EMBED };
  if (layout) options.patch = (vega) => size(vega, { ...layout, width: innerWidth(host, layout) });
  const seeded = structuredClone(spec);
  for (const param of seeded.params ?? []) if (param.name in params && !param.expr) param.value = params[param.name];
  const { view, finalize } = await vegaEmbed(host, seeded, options);
  return { host, view, finalize, layout, pick: spec.usermeta?.pick ?? [] };
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

function wireTime(entry, report) {
  const { host, view, layout } = entry;
  if (!layout || !("day_from" in view._runtime.signals)) return;
  const left = () => layout.padding.left;
  const inside = (event) => event.clientX - host.getBoundingClientRect().left - left();
  const move = ([from, to]) => {
    view.signal("day_from", from).signal("day_to", to).runAsync();
    report({ day_from: from, day_to: to });
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

function wirePicks(entry, model) {
  if (!entry.pick.length) return;
  entry.view.addEventListener("click", (_event, item) => {
    const datum = item?.datum;
    if (!datum || !entry.pick.every((name) => name in datum)) return;
    model.set("picked", Object.fromEntries(entry.pick.map((name) => [name, datum[name]])));
    model.save_changes();
  });
}

async function render({ model, el }) {
  el.classList.add("casekit-vega");
  const entries = new Map();
  let shown = null;
  const send = lodashDebounce((values) => {
    const { reset, ...window } = values;
    if (reset) model.send({ reset: true });
    else { model.set("params", { ...model.get("params"), ...window }); model.save_changes(); }
  }, 200);
  const build = async (key, spec) => {
    const entry = await embed(el, spec, model.get("params"));
    wireTime(entry, send);
    wirePicks(entry, model);
    entries.set(key, entry);
    return entry;
  };
  const fit = async (entry) => {
    if (!entry.layout) return;
    const width = innerWidth(entry.host, entry.layout);
    if (Math.abs(width - entry.view.width()) > 1) await entry.view.width(width).runAsync();
  };
  let turn = 0;
  const show = async () => {
    const [key, mine] = [model.get("key"), ++turn];
    const spec = model.get("spec");
    if (!entries.has(key)) {
      if (spec?.usermeta?.key !== key) { model.send({ need: key }); return; }
      entries.set(key, build(key, spec));
    }
    const entry = await entries.get(key);
    if (mine !== turn) return;
    await apply(entry.view, model.get("params"));
    for (const other of entries.values()) { const o = await other; o.host.hidden = o !== entry; }
    shown = entry;
    await fit(entry);
  };
  const guarded = () => show().catch((error) => {
    console.warn("casekit chart", error.message);
    el.dataset.problem = "The picture could not be drawn. Please reload the page.";
  });
  model.on("change:key", guarded);
  model.on("change:spec", guarded);
  model.on("change:params", guarded);
  const watch = new ResizeObserver(lodashDebounce(() => shown && fit(shown), 60));
  watch.observe(el);
  await guarded();
  return async () => {
    watch.disconnect();
    for (const entry of entries.values()) (await entry).finalize();
  };
}

function initialize({ model }) {
  // Pictures that came first wait in this place, see await_engine.js; a second engine of this version changes nothing.
  const place = model.get("place");
  globalThis[place] ??= { ready: Promise.resolve({ render }), resolve() {} };
  globalThis[place].resolve({ render });
}

export default { initialize, render };
