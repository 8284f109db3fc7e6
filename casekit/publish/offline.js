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

async function picture(host, specs, key, params, hear, page = "") {
  const model = new Model(hear);
  model.specs = specs;
  model.values = { key, spec: specs[key], params, picked: {}, page };
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

// What a link asks for, each with what this file has; what it has not is said, and not dropped in silence.
function wanted(page, asked) {
  const names = page.patients.map((one) => one.id);
  const problems = [];
  const take = (name, known, usual, instead) => {
    const value = asked[name];
    if (value === undefined || known.includes(value)) return value ?? usual;
    problems.push(`The link asks for ${name} “${value.slice(0, 40)}”, which is not in this file; ${instead} instead.`);
    return usual;
  };
  const patient = take("patient", names, names[0], `${names[0]} is shown`);
  const state = {
    patient,
    compared: take("with", names, "", "no second patient is shown"),
    dayZero: take("day0", Object.keys(page.days), page.day_zero, `days are counted from ${page.days[page.day_zero].words}`),
    axis: take("axis", Object.keys(page.axes), "linear", "the axis is linear"),
    window: take("window", Object.keys(page.windows), "course", "the whole course is shown"),
    unit: take("unit", page.units, undefined, "the usual unit is shown"),
    others: take("others", ["yes", "no"], "no", "the others are not drawn") === "yes",
    lanes: page.lanes,
  };
  const drawable = [...document.querySelectorAll("[data-lane]")].map((box) => box.dataset.lane);
  const lanes = asked.lanes?.split(",");
  if (lanes?.every((lane) => drawable.includes(lane))) state.lanes = lanes;
  else if (lanes) problems.push(`The link asks for lanes “${asked.lanes.slice(0, 40)}”, which are not in this file; the usual ones are shown instead.`);
  const days = asked.days?.split(",").map(Number);
  if (days?.length === 2 && days.every(Number.isFinite) && days[0] < days[1]) Object.assign(state, { window: "free", from: days[0], to: days[1] });
  else if (days) problems.push(`The link asks for days “${asked.days.slice(0, 40)}”; a first and a later last day are expected.`);
  const known = ["patient", "with", "day0", "axis", "window", "days", "unit", "lanes", "others", "disease"];
  for (const name of Object.keys(asked).filter((one) => !known.includes(one))) problems.push(`The link asks for “${name.slice(0, 40)}”, which this file cannot show.`);
  return { state, problems };
}

async function patientPage(page) {
  const names = page.patients.map((one) => one.id);
  const { state, problems } = wanted(page, wish());
  const one = (name) => page.patients.find((person) => person.id === name);
  const shown = () => [state.patient, state.compared].filter(Boolean);
  const counted = () => page.days[state.dayZero];
  const zero = (name) => counted().zeros[name] ?? 0;
  const views = [null, null];
  const chosen = { patient: state.patient, instrument: null, day: null };

  // A named window as it applies to whoever is shown; course and history move with day 0, the others begin at it.
  function days(window) {
    const spans = shown().map((name) => {
      const [from, to] = one(name).days[window];
      return ["course", "history"].includes(window) ? [from - zero(name), to - zero(name)] : [from, to];
    });
    const from = Math.min(...spans.map(([first]) => first));
    const broken = state.axis === "broken" && ["course", "history"].includes(window);
    return [broken ? Math.max(from, page.broken_from) : from, Math.max(...spans.map(([, last]) => last))];
  }

  function open(window) {
    const [from, to] = days(window);
    Object.assign(state, { window, from, to, unit: one(state.patient).days[window][2] });
  }

  function refit() {
    if (state.window === "free") return;
    const { unit } = state;
    open(state.window);
    state.unit = unit;
  }

  const params = (name) => {
    const own = name === chosen.patient;
    return {
      patient: name, unit: state.unit, day_from: state.from, day_to: state.to, axis: state.axis, others: state.others,
      lanes: state.lanes, zeros: counted().zeros, zero_event: counted().words,
      picked_instrument: (own && chosen.instrument) || "", picked_day: own ? chosen.day ?? null : null,
    };
  };

  function draw() {
    shown().forEach((name, place) => views[place]?.show(one(name).disease, params(name)));
  }

  const number = (day) => String(Number(day.toFixed(1))).replace("-", "−");
  const visit = (told) => zero(chosen.patient) ? `day ${number(told.day - zero(chosen.patient))} (day ${number(told.day)} after the infusion)` : told.day_words;

  function explain() {
    if (!shown().includes(chosen.patient)) chosen.patient = state.patient;
    const own = one(chosen.patient).explained;
    const instruments = [...new Map(own.map((told) => [told.instrument, told.title]))];
    if (!instruments.some(([name]) => name === chosen.instrument)) chosen.instrument = instruments[0]?.[0];
    const visits = own.filter((told) => told.instrument === chosen.instrument);
    if (!visits.some((told) => told.day === chosen.day)) chosen.day = visits.at(-1)?.day;
    refill(element("casekit-criterion"), instruments, chosen.instrument);
    refill(element("casekit-visit"), visits.map((told) => [told.day, visit(told)]), chosen.day);
    element("casekit-explanation").innerHTML = visits.find((told) => told.day === chosen.day)?.html ?? "";
    draw();
  }

  function tables() {
    const folded = shown().flatMap((name) => one(name).tables.map((told) => {
      const details = make("details");
      details.append(make("summary", `${state.compared ? `${name}: ` : ""}${told.title} (${told.rows.length} rows)`));
      details.addEventListener("toggle", () => { if (details.open && details.childElementCount === 1) {
        const scroll = make("div", undefined, { className: "ck-scroll" });
        scroll.append(table(told));
        details.append(scroll);
      } });
      return details;
    }));
    element("casekit-tables").replaceChildren(...folded);
  }

  function write() {
    const told = new URLSearchParams({ patient: state.patient });
    if (state.compared) told.set("with", state.compared);
    if (state.dayZero !== page.day_zero) told.set("day0", state.dayZero);
    if (state.axis !== "linear") told.set("axis", state.axis);
    if (state.window === "free") told.set("days", `${Math.round(state.from)},${Math.round(state.to)}`);
    else if (state.window !== "course") told.set("window", state.window);
    if (state.window === "free" || state.unit !== one(state.patient).days[state.window][2]) told.set("unit", state.unit);
    if (state.lanes.join() !== page.lanes.join()) told.set("lanes", state.lanes.join());
    if (state.others) told.set("others", "yes");
    history.replaceState(null, "", `#${told}`);
  }

  function controls() {
    const windows = Object.entries(page.windows);
    refill(element("casekit-window"), state.window === "free" ? [...windows, ["free", "As zoomed"]] : windows, state.window);
    element("casekit-patient").value = state.patient;
    refill(element("casekit-compared"), [["", "none"], ...names.map((name) => [name, name])], state.compared);
    element("casekit-day-zero").value = state.dayZero;
    element("casekit-axis").value = state.axis;
    element("casekit-others").checked = state.others;
    for (const box of document.querySelectorAll("[data-lane]")) box.checked = state.lanes.includes(box.dataset.lane);
    for (const button of document.querySelectorAll("[data-unit]")) button.setAttribute("aria-pressed", button.dataset.unit === state.unit);
  }

  function say() {
    const without = shown().filter((name) => !(name in counted().zeros));
    const moved = shown().some((name) => zero(name));
    element("casekit-counted").textContent = [
      without.length ? `Day 0 is ${counted().words}. ${without.join(" and ")} did not have it and is shown from the infusion.` : "",
      moved ? "The days in the sentences and in the rows below are counted from the infusion." : "",
    ].filter(Boolean).join(" ");
  }

  async function second() {
    element("casekit-second").hidden = !state.compared;
    if (!state.compared) return;
    element("casekit-second-card").innerHTML = one(state.compared).card;
    views[1] ??= await picture(element("casekit-second-timeline"), page.specs, one(state.compared).disease, params(state.compared), hear(1), "patient");
  }

  function repaint() {
    controls();
    write();
    draw();
  }

  async function choose(changed) {
    Object.assign(state, changed);
    refit();
    element("casekit-card").innerHTML = one(state.patient).card;
    say();
    explain();
    tables();
    controls();
    write();
    await second();
    draw();
  }

  const hear = (place) => (values, message) => {
    if (message?.reset) { open("course"); repaint(); return; }
    if (message) return;
    const { day_from: from, day_to: to } = values.params;
    if (from !== state.from || to !== state.to) { Object.assign(state, { from, to, window: "free" }); controls(); write(); draw(); }
    const { patient_id: who, instrument, day } = values.picked ?? {};
    if (who === shown()[place] && instrument && one(who).explained.some((told) => told.instrument === instrument && told.day === day)) {
      Object.assign(chosen, { patient: who, instrument, day });
      explain();
    }
  };

  const step = (places) => choose({ patient: names[(names.indexOf(state.patient) + places + names.length) % names.length] });
  refill(element("casekit-patient"), names.map((name) => [name, name]), state.patient);
  refill(element("casekit-day-zero"), Object.entries(page.days).map(([event, told]) => [event, told.label]), state.dayZero);
  refill(element("casekit-axis"), Object.entries(page.axes), state.axis);
  element("casekit-patient").onchange = (event) => choose({ patient: event.target.value });
  element("casekit-compared").onchange = (event) => choose({ compared: event.target.value });
  element("casekit-day-zero").onchange = (event) => { if (state.window === "free") state.window = "course"; choose({ dayZero: event.target.value }); };
  element("casekit-axis").onchange = (event) => choose({ axis: event.target.value });
  element("casekit-others").onchange = (event) => choose({ others: event.target.checked });
  for (const box of document.querySelectorAll("[data-lane]")) box.onchange = () => {
    choose({ lanes: [...document.querySelectorAll("[data-lane]:checked")].map((drawn) => drawn.dataset.lane) });
  };
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
  const restore = ({ state: told, problems: said }) => {
    Object.assign(state, told);
    if (state.window !== "free") { const { unit } = told; open(state.window); state.unit = unit ?? state.unit; }
    else state.unit ??= "months";
    element("casekit-problem").textContent = said.join(" ");
  };
  globalThis.addEventListener("hashchange", () => { restore(wanted(page, wish())); choose({}); });

  restore({ state, problems });
  document.querySelectorAll("[data-needs-script]").forEach((part) => { part.hidden = false; });
  document.querySelector("[data-without-script]").hidden = true;
  await choose({});
  views[0] = await picture(element("casekit-timeline"), page.specs, one(state.patient).disease, params(state.patient), hear(0), "patient");
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
