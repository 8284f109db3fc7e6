// The first picture stays until the live one is drawn, so that nothing on the page is ever white.
const LATEST = 20000; // a page without a picture, or one that cannot be drawn, is shown after this many milliseconds
const ASK_EVERY = 60000; // whether the kernel of this page still lives

window.voila_process = () => {};

// The scripts of the widgets begin when the page is loaded, which is when the kernel has computed all of it. Here they begin
// as soon as they are read, while the kernel is at work.
const listen = window.addEventListener.bind(window);
window.addEventListener = (kind, call, ...more) => {
  if (kind === "load" && document.readyState !== "complete") setTimeout(call); else listen(kind, call, ...more);
};

// They ask for the kernel when they are ready, and for what it shows when they have it: this question waits until all cells
// are there.
let arrived;
const cells = new Promise((resolve) => { arrived = resolve; });
const fetched = window.fetch;
window.fetch = async (...asked) => {
  if (String(asked[0]?.url ?? asked[0]).includes("api/kernels/")) await cells;
  return fetched(...asked);
};

function live() {
  const first = document.getElementById("casekit-first");
  if (!first) return;
  first.remove();
  document.getElementById("rendered_cells").removeAttribute("data-waiting");
}

// The end of the page says that all cells have arrived.
window.voila_finish = () => { arrived(); window.display_cells(); };

// Called twice: when all cells have arrived, and when the styles of the widgets are there.
window.display_cells = () => {
  if (!window.themeLoaded) { window.cellLoaded = true; return; }
  const cells = document.getElementById("rendered_cells");
  const drawn = () => cells.querySelector(".casekit-chart svg")
    || (!cells.querySelector(".casekit-vega") && !document.querySelector("#casekit-first img") && cells.querySelector(".ck-page"));
  if (cells.querySelector("[data-mime-type='text/markdown'] + .casekit-fault")) { live(); return; }
  const watch = new MutationObserver(() => { if (drawn()) { watch.disconnect(); live(); } });
  watch.observe(cells, { childList: true, subtree: true });
  setTimeout(live, LATEST);
  if (drawn()) { watch.disconnect(); live(); }
};

function say(sentence) {
  let bar = document.getElementById("casekit-gone");
  if (!bar) {
    bar = Object.assign(document.createElement("p"), { id: "casekit-gone" });
    bar.setAttribute("role", "alert");
    document.body.append(bar);
  }
  bar.textContent = sentence;
  bar.hidden = !sentence;
}

// A page whose kernel has ended looks alive and does not answer: it has to be said.
async function ask() {
  const told = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
  if (!told.kernelId) return;
  try {
    const answer = await fetch(`${told.baseUrl}api/kernels/${told.kernelId}`, { cache: "no-store" });
    if (answer.status === 404) say("This page has been put to rest after a long time without use. Reload it to go on.");
    else if (answer.status === 401) say("Your login has ended. Reload the page to log in again.");
    else say("");
  } catch {
    say("The server cannot be reached. What you see stays; reload the page when the connection is back.");
  }
}
setInterval(ask, ASK_EVERY);
document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
