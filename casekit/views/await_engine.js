// What every picture brings along: it waits for the engine of the page, which may arrive before or after it.
function engine(place) {
  if (!globalThis[place]) {
    let resolve;
    const ready = new Promise((arrived) => { resolve = arrived; });
    globalThis[place] = { ready, resolve };
  }
  return globalThis[place].ready;
}

export default { render: async (context) => (await engine(context.model.get("engine"))).render(context) };
