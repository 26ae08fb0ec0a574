// Python, in a worker of its own: Pyodide from this script's folder, numpy and bplib first, matplotlib behind them.
// In: { do: "start" }, { do: "run", run, code, name }, { do: "call", call, handler, arguments }.
// Out: { told: "progress", loaded, total, what }, { told: "ready", stage }, { told: "output", run, kind, value },
// { told: "ran", run, ok, milliseconds }, { told: "answer", call, value | error }, { told: "failed", error }.
// files.json, beside it, has the size of each file: what comes over the network may be packed.
import { loadPyodide } from "./pyodide.mjs";

const HERE = new URL(".", import.meta.url).href;
const CORE = ["pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json", "bplib.zip", "page_python.py"];
const fetchFile = self.fetch.bind(self);

let python, side; // Pyodide; page_python.py
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
async function count(name, body) {
  const mine = stage;
  if (!mine.files.has(name)) return;
  for (const reader = body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return;
    mine.loaded += value.length;
    self.postMessage({ told: "progress", loaded: mine.loaded, total: mine.total, what: mine.what });
  }
}
self.fetch = async (address, options) => {
  const response = await fetchFile(address, options);
  if (response.ok) count(new URL(response.url).pathname.split("/").at(-1), response.clone().body);
  return response;
};
async function file(name) {
  const response = await fetch(HERE + name);
  if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
  return response;
}

// The files of packages and of all that they need.
function filesOf(lock, names) {
  const found = new Set();
  const add = (name) => {
    const { file_name: file, depends } = lock.packages[name];
    if (!found.has(file)) { found.add(file); depends.forEach(add); }
  };
  names.forEach(add);
  return [...found];
}

async function start() {
  sizes = await (await fetchFile(`${HERE}files.json`)).json();
  const lock = await (await fetchFile(`${HERE}pyodide-lock.json`)).json();
  begin("Python", [...CORE, ...filesOf(lock, ["numpy"])]);
  const own = Promise.all([file("bplib.zip").then((r) => r.arrayBuffer()), file("page_python.py").then((r) => r.text())]);
  own.catch(() => {});
  python = await loadPyodide({ indexURL: HERE, packages: ["numpy"], env: { MPLBACKEND: "Agg" } });
  const [bplib, page] = await own;
  const packages = python.runPython("import site; site.getsitepackages()[0]");
  python.unpackArchive(bplib, "zip", { extractDir: packages });
  python.FS.writeFile(`${packages}/page_python.py`, page);
  python.runPython("import importlib; importlib.invalidate_caches(); import numpy, bplib");
  side = python.pyimport("page_python");
  side.start((kind, value) => self.postMessage({ told: "output", run: running, kind, value: plain(value) }));
  self.postMessage({ told: "ready", stage: "numpy" });
  pictures = loadPictures(lock);
  pictures.catch((error) => self.postMessage({ told: "failed", error: String(error) }));
}
async function loadPictures(lock) {
  begin("pictures", filesOf(lock, ["matplotlib"]).filter((name) => !name.startsWith("numpy")));
  await python.loadPackage("matplotlib", { messageCallback() {} });
  self.postMessage({ told: "ready", stage: "matplotlib" });
}

// -- running -------------------------------------------------------------------------------------------------------

const plain = (value) => {
  if (!(value instanceof python.ffi.PyProxy)) return value;
  const copy = value.toJs({ dict_converter: Object.fromEntries });
  value.destroy();
  return copy;
};

// What code needs that is not there yet is waited for.
async function need(code) {
  if (/\b(matplotlib|PIL|bplib\s*\.\s*(explorer|plots)|bplib\s+import\s+.*\b(explorer|plots))\b/.test(code)) await pictures;
  if (/\bscipy\b|\blbfgs\b/.test(code)) await python.loadPackage("scipy", { messageCallback() {} });
}

const does = {
  start,
  async run({ run, code, name = `<cell ${run}>` }) {
    await need(code);
    const began = performance.now();
    running = run;
    const ok = side.run(code, name);
    running = null;
    self.postMessage({ told: "ran", run, ok, milliseconds: performance.now() - began });
  },
  async call({ call, handler, arguments: given }) {
    const answer = plain(side.call(handler, ...given.map((value) => python.toPy(value))));
    self.postMessage({ told: "answer", call, ...answer });
  },
};

self.onmessage = ({ data }) => {
  queue = queue.then(() => does[data.do](data)).catch((error) => {
    self.postMessage({ told: "failed", error: String(error?.stack ?? error) });
  });
};
