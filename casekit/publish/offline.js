// The page holds the choices a kernel would hold: which patient, which window, which unit, what is explained.
const data = JSON.parse(document.getElementById("casekit-data").textContent);

class Model {
  // What a picture of the engine reads and writes, as a Jupyter widget would offer it.
  constructor(hear) { this.values = { key: "", spec: null, params: {}, picked: {} }; this.calls = {}; this.hear = hear; }
  get(name) { return this.values[name]; }
  set(name, value) { this.values[name] = value; (this.calls[`change:${name}`] ?? []).forEach((call) => call()); }
  update(values) {
    // all of it holds before anyone hears of it: a picture drawn with another patient's disease would fail
    const changed = Object.keys(values).filter((name) => values[name] !== this.values[name]);
    Object.assign(this.values, values);
    changed.forEach((name) => this.set(name, values[name]));
  }
  on(name, call) { (this.calls[name] ??= []).push(call); }
  off(name, call) { this.calls[name] = (this.calls[name] ?? []).filter((other) => other !== call); }
  save_changes() { this.hear(this.values); }
  send(message) { if (message.need) this.set("spec", this.specs[message.need]); else this.hear(this.values, message); }
}

async function picture(host, specs, key, params, hear) {
  const model = new Model(hear);
  model.specs = specs;
  model.values = { key, spec: specs[key], params, picked: {} };
  await casekitVega.render({ model, el: host });
  host.closest(".ck-picture").classList.add("ck-live");
  return {
    show(name, more) {
      model.update({ key: name, spec: specs[name], params: { ...model.get("params"), ...more } });
    },
  };
}

const element = (id) => document.getElementById(id);

function make(tag, text, attributes = {}) {
  const made = Object.assign(document.createElement(tag), attributes);
  if (text !== undefined) made.textContent = text;
  return made;
}

function refill(select, entries, value) {
  select.replaceChildren(...entries.map(([name, label]) => make("option", label, { value: name })));
  select.value = value;
}

function wish() {
  const asked = new URLSearchParams(location.hash.slice(1) || location.search);
  return Object.fromEntries(asked);
}

function table(told) {
  const made = make("table", undefined, { className: "ck-table" });
  made.createCaption().textContent = told.title;
  const head = made.createTHead().insertRow();
  told.columns.forEach((name) => head.append(make("th", name, { scope: "col" })));
  const body = made.createTBody();
  for (const row of told.rows) {
    const line = body.insertRow();
    row.forEach((cell) => { line.insertCell().textContent = cell; });
  }
  return made;
}

async function patientPage(page) {
  const names = page.patients.map((one) => one.id);
  const asked = wish();
  const state = { patient: names.includes(asked.patient) ? asked.patient : names[0], window: "course" };
  const person = () => page.patients.find((one) => one.id === state.patient);
  const problems = [];
  if (asked.patient && asked.patient !== state.patient) problems.push(`The link asks for the patient “${asked.patient.slice(0, 40)}”, who is not in this file; ${state.patient} is shown instead.`);
  if (asked.window in page.windows) state.window = asked.window;
  else if (asked.window) problems.push(`The link asks for the window “${asked.window.slice(0, 40)}”, which does not exist; the whole course is shown instead.`);

  const open = (window) => {
    const [from, to, unit] = person().days[window];
    Object.assign(state, { window, from, to, unit });
  };
  open(state.window);
  if (page.units.includes(asked.unit)) state.unit = asked.unit;
  let view = null;
  const chosen = { instrument: null, day: null };
  const params = () => ({
    patient: state.patient, unit: state.unit, day_from: state.from, day_to: state.to,
    picked_instrument: chosen.instrument ?? "", picked_day: chosen.day ?? null,
  });

  function explain() {
    const own = person().explained;
    const instruments = [...new Map(own.map((one) => [one.instrument, one.title]))];
    if (!instruments.some(([name]) => name === chosen.instrument)) chosen.instrument = instruments[0]?.[0];
    const visits = own.filter((one) => one.instrument === chosen.instrument);
    if (!visits.some((one) => one.day === chosen.day)) chosen.day = visits.at(-1)?.day;
    refill(element("casekit-criterion"), instruments, chosen.instrument);
    refill(element("casekit-visit"), visits.map((one) => [one.day, one.day_words]), chosen.day);
    element("casekit-explanation").innerHTML = visits.find((one) => one.day === chosen.day)?.html ?? "";
    view?.show(person().disease, params());
  }

  function tables() {
    element("casekit-tables").replaceChildren(...person().tables.map((told) => {
      const details = make("details");
      details.append(make("summary", `${told.title} (${told.rows.length} rows)`));
      details.addEventListener("toggle", () => { if (details.open && details.childElementCount === 1) {
        const scroll = make("div", undefined, { className: "ck-scroll" });
        scroll.append(table(told));
        details.append(scroll);
      } });
      return details;
    }));
  }

  function write() {
    const told = new URLSearchParams({ patient: state.patient });
    if (state.window !== "course" && state.window !== "free") told.set("window", state.window);
    if (state.window === "free" || state.unit !== person().days[state.window][2]) told.set("unit", state.unit);
    history.replaceState(null, "", `#${told}`);
  }

  function controls() {
    const windows = Object.entries(page.windows);
    refill(element("casekit-window"), state.window === "free" ? [...windows, ["free", "As zoomed"]] : windows, state.window);
    element("casekit-patient").value = state.patient;
    for (const button of document.querySelectorAll("[data-unit]")) button.setAttribute("aria-pressed", button.dataset.unit === state.unit);
  }

  function repaint() {
    controls();
    write();
    view?.show(person().disease, params());
  }

  function choose(name) {
    state.patient = name;
    if (state.window !== "free") { const { unit } = state; open(state.window); state.unit = unit; }
    element("casekit-card").innerHTML = person().card;
    explain();
    tables();
    repaint();
  }

  const step = (places) => choose(names[(names.indexOf(state.patient) + places + names.length) % names.length]);
  refill(element("casekit-patient"), page.patients.map((one) => [one.id, one.id]), state.patient);
  element("casekit-patient").onchange = (event) => choose(event.target.value);
  element("casekit-previous").onclick = () => step(-1);
  element("casekit-next").onclick = () => step(1);
  element("casekit-window").onchange = (event) => { if (event.target.value !== "free") { open(event.target.value); repaint(); } };
  for (const button of document.querySelectorAll("[data-unit]")) button.onclick = () => { state.unit = button.dataset.unit; repaint(); };
  element("casekit-criterion").onchange = (event) => { chosen.instrument = event.target.value; explain(); };
  element("casekit-visit").onchange = (event) => { chosen.day = Number(event.target.value); explain(); };
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, .ck-scroll") || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  globalThis.addEventListener("hashchange", () => { const name = wish().patient; if (names.includes(name) && name !== state.patient) choose(name); });

  function hear(values, message) {
    if (message?.reset) { open("course"); repaint(); return; }
    if (message) return;
    const { day_from: from, day_to: to } = values.params;
    if (from !== state.from || to !== state.to) { Object.assign(state, { from, to, window: "free" }); controls(); write(); }
    const { patient_id: who, instrument, day } = values.picked ?? {};
    if (who === state.patient && instrument && person().explained.some((one) => one.instrument === instrument && one.day === day)) {
      Object.assign(chosen, { instrument, day });
      explain();
    }
  }

  element("casekit-problem").textContent = problems.join(" ");
  document.querySelectorAll("[data-needs-script]").forEach((part) => { part.hidden = false; });
  document.querySelector("[data-without-script]").hidden = true;
  choose(state.patient);
  view = await picture(element("casekit-timeline"), page.specs, person().disease, params(), hear);
}

async function pictures(specs) {
  // All time pictures move together, and a patient clicked in one is emphasised in all.
  const views = new Map();
  const shared = {};
  const hear = (name) => (values) => {
    const told = {};
    const { day_from, day_to } = values.params;
    if (day_from !== undefined) Object.assign(told, { day_from, day_to });
    const who = values.picked?.patient_id;
    if (who && who !== shared.patient) Object.assign(told, { patient: who });
    Object.assign(shared, told);
    for (const [other, view] of views) if (other !== name || told.patient) view.show(other, told);
  };
  for (const [name, spec] of Object.entries(specs)) {
    views.set(name, await picture(element(`casekit-picture-${name}`), { [name]: spec }, name, {}, hear(name)));
  }
}

if (data.patient_page) patientPage(data.patient_page);
if (data.pictures) pictures(data.pictures);
