// Python, in a worker of its own: Pyodide from this script's folder, numpy and bplib first, matplotlib behind them.
// In: { do: "start" }, { do: "run", run, code, name, above: [[name, code], ...] }: what the code needs of the cells above
// runs before it; { do: "call", call, handler, arguments }; { do: "clear" } empties the namespace.
// Out: { told: "progress", loaded, total, what }, { told: "ready", stage }, { told: "output", run, kind, value },
// { told: "ran", run, ok, milliseconds }, { told: "answer", call, value | error }, { told: "failed", error }.
// sizes.json, beside it, has the size of each file: what comes over the network may be packed.
import { loadPyodide } from "./pyodide.mjs";

const HERE = new URL(".", import.meta.url).href;
const CORE = ["pyodide.asm.wasm", "python_stdlib.zip", "bplib.zip"];
const SIDE = ["needs.py", "page_python.py"];
// A module whose one function is `try` and `catch_all`, which all of Python has. Where a browser or a policy refuses it,
// Pyodide would wait for ever.
const SMALL = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 6, 64, 25, 11, 11]);
const fetchFile = self.fetch.bind(self);

let python, side, lock; // Pyodide; page_python.py; what packages there are
let sizes = {};
let running = null; // the number of the run whose outputs come
let queue = Promise.resolve(); // one thing after the other
let pictures; // resolves when matplotlib is there

// -- loading -------------------------------------------------------------------------------------------------------

// Counts what arrives of the files that a stage needs.
let stage = { what: "Python", files: new Set(), loaded: 0, total: 0 };
function begin(what, files) {
  stage = { what, files: new Set(files), loaded: 0, total: files.reduce((sum, name) => sum + (sizes[name] ?? 0), 0) };
}
async function count(body) {
  const mine = stage;
  for (const reader = body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return;
    mine.loaded += value.length;
    self.postMessage({ told: "progress", loaded: mine.loaded, total: mine.total, what: mine.what });
  }
}
// What is missing is told at once: Pyodide goes on without it, or waits for ever.
self.fetch = async (address, options) => {
  const name = new URL(address, HERE).pathname.split("/").at(-1);
  const response = await fetchFile(address, options).catch(() => null);
  if (!response?.ok) {
    const error = response ? `${name} is not there (${response.status})` : `${name} could not be fetched`;
    self.postMessage({ told: "failed", error });
    throw new Error(error);
  }
  if (stage.files.has(name)) count(response.clone().body);
  return response;
};
const file = (name) => fetch(HERE + name);

// The files of packages and of all that they need.
function filesOf(names) {
  const found = new Set();
  const add = (name) => {
    const { file_name: file, depends } = lock.packages[name];
    if (!found.has(file)) { found.add(file); depends.forEach(add); }
  };
  names.forEach(add);
  return [...found];
}

async function start() {
  try {
    await WebAssembly.instantiate(SMALL);
  } catch {
    throw new Error("this browser's WebAssembly is missing or too old, or the server's Content-Security-Policy lacks 'wasm-unsafe-eval'");
  }
  [sizes, lock] = await Promise.all(["sizes.json", "pyodide-lock.json"].map(async (name) => (await file(name)).json()));
  begin("Python", [...CORE, ...filesOf(["numpy"])]);
  const bplib = file("bplib.zip").then((r) => r.arrayBuffer());
  const sides = SIDE.map((name) => file(name).then((r) => r.text()));
  for (const promise of [bplib, ...sides]) promise.catch(() => {}); // told when it is waited for
  python = await loadPyodide({ indexURL: HERE, packages: ["numpy"], env: { MPLBACKEND: "Agg" }, convertNullToNone: true });
  const packages = python.runPython("import site; site.getsitepackages()[0]");
  python.unpackArchive(await bplib, "zip", { extractDir: packages });
  for (const [k, name] of SIDE.entries()) python.FS.writeFile(`${packages}/${name}`, await sides[k]);
  python.runPython("import importlib; importlib.invalidate_caches(); import numpy, bplib");
  // With this, Python looks now and then for a signal, by a call into JavaScript. None is sent; but in WebKit only such a
  // call lets a worker be ended: without it, a loop that was stopped ran on.
  python.setInterruptBuffer(new Uint8Array(1));
  side = python.pyimport("page_python");
  side.start((kind, value) => self.postMessage({ told: "output", run: running, kind, value: plain(value) }), ["matplotlib", "scipy"]);
  self.postMessage({ told: "ready", stage: "numpy" });
  pictures = loadPictures();
  pictures.then(warmUp).catch(() => {}); // a cell that needs them tells of it
  pictures.catch((error) => self.postMessage({ told: "failed", error: String(error) }));
}
// What Pyodide cannot load it only writes about.
async function load(name, what) {
  begin(what, filesOf([name]).filter((file) => !file.startsWith("numpy")));
  await python.loadPackage(name, { messageCallback() {}, errorCallback() {} });
  if (!(name in python.loadedPackages)) throw new Error(`${name} could not be loaded`);
  side.awaited.discard(name);
}
async function loadPictures() {
  await load("matplotlib", "pictures");
  self.postMessage({ told: "ready", stage: "matplotlib" });
}
// What the first figure would wait for longest is done before it is asked for, in parts between which a cell can run.
async function warmUp() {
  for (const name of ["matplotlib.colors", "matplotlib.text", "matplotlib.axes", "bplib.explorer.figure", "bplib.plots"]) {
    await new Promise((done) => setTimeout(done));
    python.pyimport(name).destroy();
  }
}

// -- running -------------------------------------------------------------------------------------------------------

const plain = (value) => {
  if (!(value instanceof python.ffi.PyProxy)) return value;
  const copy = value.toJs({ dict_converter: Object.fromEntries });
  value.destroy();
  return copy;
};

// What is not there yet is waited for.
async function need(name) {
  if (name === "matplotlib") return pictures;
  await pictures; // two at a time would be counted as one
  return load(name, name);
}

const does = {
  start,
  async run({ run, code, name = `<code ${run}>`, above = [] }) {
    const began = performance.now();
    running = run;
    let ok = false;
    if (side.plan(code, name, python.toPy(above))) {
      for (let name; (name = side.lacks()); ) await need(name);
      ok = side.run();
    }
    running = null;
    self.postMessage({ told: "ran", run, ok, milliseconds: performance.now() - began });
  },
  clear: () => side.clear(),
  async call({ call, handler, arguments: given }) {
    const answer = plain(side.call(handler, ...given.map((value) => python.toPy(value))));
    self.postMessage({ told: "answer", call, ...answer });
  },
};

self.onmessage = ({ data }) => {
  queue = queue.then(() => does[data.do](data)).catch((error) => {
    self.postMessage({ told: "failed", error: String(error?.message ?? error) });
  });
};
