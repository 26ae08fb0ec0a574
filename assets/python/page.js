// Python in this page, loaded when its reader asks for it: the worker, and what the page does with it.

const HERE = new URL(".", import.meta.url).href;

let worker = null;
let ids = 0;
let stages = {}; // by name: a promise, and what settles it
const waiting = new Map(); // what the worker was asked and has not answered, by its number
const listeners = new Set(); // told of each progress and each stage

function stage(name) {
  if (!stages[name]) {
    const settle = {};
    settle.promise = new Promise((resolve, reject) => Object.assign(settle, { resolve, reject }));
    settle.promise.catch(() => {});
    stages[name] = settle;
  }
  return stages[name];
}

function heard({ data }) {
  const asked = waiting.get(data.run ?? data.call);
  if (data.told === "output") asked?.onOutput?.(data.kind, data.value);
  else if (data.told === "ran" || data.told === "answer") {
    waiting.delete(data.run ?? data.call);
    if (data.told === "ran") asked?.resolve(data.ok);
    else if ("error" in data) asked?.reject(new Error(data.error));
    else asked?.resolve(data.value);
  } else if (data.told === "ready") stage(data.stage).resolve();
  else if (data.told === "failed") failed(new Error(data.error));
  for (const listener of listeners) listener(data);
}

function failed(error) {
  worker?.terminate();
  worker = null;
  const asked = [...waiting.values()];
  const before = Object.values(stages);
  waiting.clear();
  stages = {};
  for (const { reject } of [...before, ...asked]) reject(error);
}

function ask(message, more = {}) {
  const id = ++ids;
  return start().then(() => new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject, ...more });
    worker.postMessage({ [message.do]: id, ...message });
  }));
}

// Loads Python; resolves when numpy and bplib are there. A second call waits for the first.
function start() {
  if (!worker) {
    worker = new Worker(`${HERE}worker.js`, { type: "module" });
    worker.onmessage = heard;
    worker.onerror = (event) => failed(new Error(event.message || "The worker could not be started."));
    worker.postMessage({ do: "start" });
  }
  return stage("numpy").promise;
}

// One for the page: the cells, the explorers and the playground share it.
export const python = window.python = {
  start,
  // Runs code; onOutput(kind, value) gets what it shows. Resolves to whether it ran to its end.
  run: (code, onOutput, name) => ask({ do: "run", code, name }, { onOutput }),
  // Calls a Python function that is registered by this name; resolves to its answer.
  call: (handler, ...given) => ask({ do: "call", handler, arguments: given }),
  // Resolves when "numpy" or "matplotlib" is there.
  ready: (name) => stage(name).promise,
  // Ends the worker, whatever it does; the next call of any of these starts another.
  stop: () => failed(new Error("stopped")),
  listen: (listener) => listeners.add(listener),
};
