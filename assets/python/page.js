// Python in this page, loaded when its reader asks for it: the worker, and the cells, which can be changed and run.
import { edit } from "./editor.js";

const HERE = new URL(".", import.meta.url).href;

// -- the worker ------------------------------------------------------------------------------------------------------

let worker = null;
let ids = 0;
let stages = {}; // by name: a promise, and what settles it
const waiting = new Map(); // what the worker was asked and has not answered, by its number
const listeners = new Set(); // told of everything that the worker tells, and { told: "stopped" }

function stage(name) {
  if (!stages[name]) {
    const settle = {};
    settle.promise = new Promise((resolve, reject) => Object.assign(settle, { resolve, reject }));
    settle.promise.catch(() => {});
    stages[name] = settle;
  }
  return stages[name];
}
const tell = (message) => { for (const listener of listeners) listener(message); };

function heard({ data }) {
  const asked = waiting.get(data.run ?? data.call);
  if (data.told === "output") asked?.onOutput?.(data.kind, data.value);
  else if (data.told === "ran" || data.told === "answer") {
    waiting.delete(data.run ?? data.call);
    if (data.told === "ran") asked?.resolve(data.ok);
    else if ("error" in data) asked?.reject(new Error(data.error));
    else asked?.resolve(data.value);
  } else if (data.told === "ready") stage(data.stage).resolve();
  else if (data.told === "failed") return end(new Error(data.error), data);
  tell(data);
}

// Ends the worker, whatever it does.
function end(error, message) {
  worker?.terminate();
  worker = null;
  const asked = [...waiting.values(), ...Object.values(stages)];
  waiting.clear();
  stages = {};
  for (const { reject } of asked) reject(error);
  tell(message);
}

function start() {
  if (!worker) {
    const own = worker = new Worker(`${HERE}worker.js`, { type: "module" });
    // One that was ended in its sleep tells of an error two seconds later.
    own.onmessage = (event) => { if (own === worker) heard(event); };
    own.onerror = (event) => {
      event.preventDefault();
      if (own !== worker) return;
      const error = event.message || "this browser, or the server's Content-Security-Policy, starts no worker here";
      end(new Error(error), { told: "failed", error });
    };
    worker.postMessage({ do: "start" });
  }
  return stage("numpy").promise;
}

function ask(message, more = {}) {
  const id = ++ids;
  return start().then(() => new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject, ...more });
    worker.postMessage({ [message.do]: id, ...message });
  }));
}

// One for the page: the cells, the explorers and the playground share it.
export const python = window.python = {
  // Loads Python; resolves when numpy and bplib are there.
  start,
  // Runs code; onOutput(kind, value) gets what it shows. Resolves to whether it ran to its end. Of cells above, given as
  // [name, code], what the code needs runs first.
  run: (code, onOutput, name, above) => ask({ do: "run", code, name, above }, { onOutput }),
  // Calls a Python function that is registered by this name; resolves to its answer.
  call: (handler, ...given) => ask({ do: "call", handler, arguments: given }),
  // Resolves when "numpy" or "matplotlib" is there.
  ready: (name) => stage(name).promise,
  // Ends the worker; the next call of any of these starts another.
  stop: () => end(new Error("stopped"), { told: "stopped" }),
  listen: (listener) => listeners.add(listener),
};

// -- small things ----------------------------------------------------------------------------------------------------

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
const button = (text, act, properties) => {
  const made = make("button", { type: "button", textContent: text, ...properties });
  made.addEventListener("click", act);
  return made;
};
const inMB = (bytes) => (bytes / 1e6).toFixed(1);
const seconds = (ms) => (ms < 1000 ? `${(Math.ceil(ms / 10) / 100).toFixed(2)} s` : `${(ms / 1000).toFixed(1)} s`);
function hash(text) { // 53 bits: by this a change is kept, so that it is found in a later edition of the page
  let a = 0xdeadbeef, b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 2654435761);
    b = Math.imul(b ^ text.charCodeAt(i), 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}

// Read out, and seen by nobody.
const voice = make("p", { className: "python-voice", role: "status" });
const HELP = "python-help";
// As Python names a cell's line, in tracebacks and in warnings.
const PLACE = /File "cell (\d+)", line (\d+)(?:, in <module>)?|(?<=^|\n)cell (\d+):(\d+)/g;

// -- what a cell shows -----------------------------------------------------------------------------------------------

const PARTS = {
  text: "stream highlight-myst-ansi notranslate",
  stderr: "stderr highlight-myst-ansi notranslate",
  error: "traceback python-error highlight-ipythontb notranslate",
};

// Text as a terminal has it: after a carriage return a line is written anew.
function written(before, text) {
  if (!text.includes("\r")) return before + text;
  return (before + text).replace(/\r\n/g, "\n").replace(/[^\n]*\r(?!\n)(?=[^\n])/g, "");
}

// The script that moves explorers, which a page without any has not loaded.
let loading;
const explorers = () => loading ??= window.explorers ? Promise.resolve(window.explorers) : new Promise((resolve, reject) => {
  const script = make("script", { src: `${HERE}../explorer.js`, onload: () => resolve(window.explorers), onerror: reject });
  document.head.append(make("link", { rel: "stylesheet", href: `${HERE}../explorer.css` }), script);
});

let outputs = 0;
class Output {
  constructor(cell) {
    this.cell = cell;
    this.box = cell.element.querySelector(":scope > .cell_output");
    this.book = this.box ? [...this.box.childNodes] : [];
    this.figures = [...(this.box?.querySelectorAll("figure.explorer") ?? [])].map((figure) => [figure, figure.parentNode, figure.nextSibling]);
    this.last = null; // [kind, element, text] to go on with
    this.isOld = false;
  }

  // What is there stays until something else comes: nothing jumps.
  begin() {
    this.isOld = true;
    this.last = null;
    this.box?.classList.add("python-old");
  }
  clear() {
    this.isOld = false;
    this.last = null;
    this.box ??= make("div", { className: "cell_output docutils container" });
    if (!this.box.isConnected) this.cell.element.append(this.box);
    this.box.classList.remove("python-old");
    this.box.replaceChildren();
  }
  end() {
    if (this.isOld) { // it shows nothing
      this.clear();
      this.box.remove();
    }
  }
  add(kind, value) {
    if (this.isOld) this.clear();
    if (kind in PARTS) {
      if (this.last?.[0] !== kind) {
        const pre = make("pre", { id: `python-output-${++outputs}` });
        const copy = document.querySelector(".copybtn")?.cloneNode(true) ?? "";
        if (copy) copy.dataset.clipboardTarget = `#${pre.id}`;
        this.box.append(make("div", { className: `output ${PARTS[kind]}` }, make("div", { className: "highlight" }, pre, copy)));
        this.last = [kind, pre];
      }
      const [, pre, before = ""] = this.last;
      const text = this.last[2] = written(before, value);
      if (kind === "text") pre.textContent = text;
      else pre.replaceChildren(...this.cell.placed(text));
      return;
    }
    this.last = null;
    if (kind === "png") {
      this.box.append(make("div", { className: "output image_png" }, make("img", { src: `data:image/png;base64,${value}`, alt: "What the code of this cell draws" })));
      return;
    }
    const part = make("div", { className: "output text_html" });
    const template = make("template", { innerHTML: value });
    template.content.querySelectorAll("script, style").forEach((element) => element.remove()); // no page here has any
    part.append(template.content);
    this.box.append(part);
    const isBooks = this.cell.isBooks();
    for (const figure of part.querySelectorAll("figure.explorer")) {
      explorers().then((all) => all.adopt(figure, (id, places) => python.call("frame", id, places), isBooks));
    }
  }
  get text() {
    return this.box?.isConnected ? [...this.box.querySelectorAll("pre, p, figcaption")].map((part) => part.textContent).join("\n").trim() : "";
  }
  // This cell's line that the error at the end names last.
  get line() {
    return [...(this.last?.[2] ?? "").matchAll(PLACE)].filter(([, n]) => +n === this.cell.n).at(-1)?.[2];
  }
  // What the book has there.
  restore() {
    if (this.box) {
      this.clear();
      if (!this.book.length) this.box.remove();
      for (const [figure, parent, next] of this.figures) parent.insertBefore(figure, next?.parentNode === parent ? next : null);
      this.box.append(...this.book);
      for (const [figure] of this.figures) window.explorers?.adopt(figure);
    }
  }
}

// -- a cell ----------------------------------------------------------------------------------------------------------

class Cell {
  constructor(element, n, book) {
    Object.assign(this, { element, n, book, name: `cell ${n}`, key: hash(book), state: "idle" });
    const pre = element.querySelector(".cell_input pre");
    const code = kept().code?.[this.key]?.code ?? book;
    this.editor = edit(pre, code, {
      label: `Code of cell ${n}`, help: HELP, changed: () => this.changed(),
      run: () => run(this), runAndGoOn: () => { run(this); this.next()?.editor.field.focus(); },
    });
    this.editor.field.id = `python-cell-${n}`;
    this.output = new Output(this);
    this.exercise = this.output.box?.querySelector(".exercise-function") ? /(\w+)\.check\(/.exec(book)?.[1] : null;
    this.verb = this.exercise ? "Check" : "Run";
    this.runButton = button(this.verb, () => (!this.isBusy() ? run(this) : this.isFresh || stop(this)), { className: "python-run", "aria-label": `${this.verb} cell ${n}` });
    this.said = make("span", { className: "python-said" });
    this.resetButton = button("Reset", () => this.reset(), { className: "python-reset", "aria-label": `Reset cell ${n}`, hidden: code === book });
    // Seen beside the cell that is written in; HELP says it to those who hear the page.
    const keys = make("span", { className: "python-keys", "aria-hidden": "true", textContent: "Ctrl + Enter runs; Esc, then Tab leaves" });
    const tools = make("div", { className: "python-tools" }, this.runButton, this.resetButton, this.said, keys);
    element.querySelector(".cell_input").append(tools);
    if (code !== book) this.say("Changed by you, not run yet");
    if (this.exercise) {
      this.output.box.querySelector(".exercise-function").textContent = "Write the function in place of the three dots, and press Check.";
      this.recall();
    }
  }

  get code() { return this.editor.code; }
  isBooks() { return this.code === this.book; }
  isBusy() { return this.state === "queued" || this.state === "running"; }
  next() {
    const isOpen = (cell) => !cell.element.querySelector("details:not([open])");
    return cells.slice(cells.indexOf(this) + 1).find(isOpen);
  }

  say(text, isBad = false) {
    this.said.textContent = text;
    this.element.classList.toggle("python-failed", isBad);
  }

  // What Python says, with the places that it names as the page's reader knows them: links to the lines.
  placed(text) {
    const parts = [];
    let end = 0;
    for (const { 0: all, 1: n, 2: line, 3: other, 4: its, index } of text.matchAll(PLACE)) {
      const cell = cells.find((cell) => cell.n === +(n ?? other));
      const where = `line ${line ?? its} of ${!cell ? "code that this page leaves out" : cell === this ? "this cell" : `a cell ${cell.n < this.n ? "above" : "below"}`}`;
      const link = cell?.link(where, line ?? its);
      const part = cell && cell !== this && cell.part !== this.part ? `, under “${cell.part}”` : "";
      parts.push(text.slice(end, index), link ?? where, part);
      end = index + all.length;
    }
    return [...parts, text.slice(end)];
  }
  // The heading over it.
  get part() {
    const heading = this.element.closest("section")?.querySelector(":scope > :is(h1, h2, h3)")?.cloneNode(true);
    heading?.querySelector(".headerlink")?.remove();
    return heading?.textContent.trim();
  }
  link(textContent, line) {
    const link = make("a", { href: `#${this.editor.field.id}`, textContent });
    link.addEventListener("click", (event) => { event.preventDefault(); this.show(line); });
    return link;
  }
  // Selects a line.
  show(line) {
    const { field } = this.editor, lines = this.code.split("\n");
    line = Math.min(line ?? 1, lines.length);
    const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    for (const fold of this.element.querySelectorAll("details")) fold.open = true;
    field.focus({ preventScroll: true });
    field.setSelectionRange(from, from + lines[line - 1].length);
    const { top, height } = field.getBoundingClientRect();
    const at = top + (height * line) / lines.length;
    if (at < 120 || at > innerHeight - 60) scrollBy(0, at - innerHeight / 2);
  }
  become(state) {
    const wasBusy = this.isBusy();
    this.state = state;
    this.element.classList.toggle("python-busy", this.isBusy());
    if (wasBusy !== this.isBusy()) this.label(!wasBusy);
  }
  // An impatient second press stops nothing: for a moment the button rests before it says "Stop".
  label(isFresh) {
    this.isFresh = isFresh;
    clearTimeout(this.rest);
    if (isFresh) this.rest = setTimeout(() => this.label(false), 2000);
    const verb = this.isBusy() && !isFresh ? "Stop" : this.verb;
    this.runButton.textContent = verb;
    this.runButton.setAttribute("aria-label", `${verb} cell ${this.n}`);
    this.runButton.setAttribute("aria-disabled", isFresh);
  }

  changed() {
    this.resetButton.hidden = this.isBooks();
    if (!this.isBusy()) this.say(this.isBooks() ? "" : "Changed by you, not run yet");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), 300);
  }
  keep() {
    clearTimeout(this.timer);
    this.timer = null;
    const isKept = keep((all) => {
      const code = (all.code ??= {});
      if (this.isBooks()) delete code[this.key];
      else code[this.key] = { cell: this.n, code: this.code };
      if (!Object.keys(code).length) delete all.code;
    });
    if (isKept === false) this.say("Changed by you, and not kept: this browser has no room left");
  }

  // Back to the book's code and to what the book shows; undo brings the code back.
  reset() {
    const isFocused = document.activeElement === this.resetButton;
    if (this.isBusy()) stop(this);
    this.editor.code = this.book;
    this.keep();
    this.output.restore();
    this.say("As in the book");
    if (isFocused) this.runButton.focus();
  }

  shown(kind, value) {
    if (kind === "before") {
      const [done, total] = value;
      this.say(done < total ? `First what it needs of the cells above: ${done + 1} of ${total}` : "Running");
    } else if (kind === "bar") {
      if (!value) return this.bar?.remove();
      const [done, total, text] = value;
      this.bar ??= make("progress", { "aria-label": `Training in cell ${this.n}` });
      Object.assign(this.bar, { max: total, value: done });
      if (!this.bar.isConnected) this.said.after(this.bar);
      this.say(`${done.toLocaleString("en")} of ${total.toLocaleString("en")} steps${text && `, ${text}`}`);
    } else if (kind === "verdict") this.judged(value);
    else this.output.add(kind, value);
  }

  // -- a function that an exercise asks for: kept, and told of, as the answers on the page are

  get id() { return `exercise-${this.exercise.replaceAll("_", "-")}`; }
  judged(verdict) {
    const isRight = verdict === "Right.";
    this.output.add("html", '<p class="python-verdict"></p>');
    const line = this.output.box.lastChild.firstChild;
    line.textContent = verdict;
    line.className += isRight ? " verdict-right" : verdict.startsWith("Not yet") ? " verdict-wrong" : "";
    this.verdict = verdict;
    if (!this.exercise || this.isBooks()) return; // three dots are no answer
    keep((all) => {
      const before = (all.exercises ??= {})[this.id];
      const tries = (before?.tries ?? 0) + (before?.answer !== this.code);
      const number = window.answers?.numberOf(this.element) ?? "";
      all.exercises[this.id] = { question: `Exercise ${number}. ${/def (\w+\(.*?\))/.exec(this.book)?.[1] ?? this.exercise}`, answer: this.code, said: verdict, tries };
    });
  }
  recall() {
    const before = kept().exercises?.[this.id];
    if (!before || before.answer !== this.code) return;
    this.output.clear();
    this.judged(before.said);
  }
}

let cells = [];
let notebook = []; // all code cells: { code, tags }

// -- what is kept: under the page's key, with the answers (assets/answers.js) ---------------------------------------

const kept = () => window.answers?.kept() ?? {};
const keep = (change) => window.answers?.keep(change);
addEventListener("pagehide", () => { for (const cell of cells) if (cell.timer) cell.keep(); });

// -- running ---------------------------------------------------------------------------------------------------------

const queue = [];
let running = null;

// The cells above one, as they now stand: without what only a notebook's kernel needs, and without the solutions.
function above(n) {
  const own = new Map(cells.map((cell) => [cell.n, cell.code]));
  return notebook.slice(0, n).map(({ code, tags }, k) => [`cell ${k}`, own.get(k) ?? code, tags])
    .filter(([, , tags]) => !tags.includes("remove-cell") && !tags.includes("hide-cell"))
    .map(([name, code]) => [name, code]);
}

function run(cell) {
  if (cell.isBusy()) return;
  if (cell.timer) cell.keep();
  cell.become("queued");
  cell.say(running || queue.length ? "Waiting for the cell that runs" : progress.text || "Running");
  queue.push(cell);
  work();
}

// What waits does not run.
function empty(words) {
  for (const cell of queue.splice(0)) { cell.become("idle"); cell.say(words); }
}

async function work() {
  try {
    await start();
  } catch {
    return empty("Not run"); // the bar says why
  }
  if (running || !queue.length) return;
  const cell = running = queue.shift();
  const { code } = cell;
  cell.become("running");
  cell.output.begin();
  const began = performance.now();
  let isDone = false;
  const later = setInterval(() => { // what takes long says so
    const is = cell.said.textContent;
    if (is.startsWith("Running")) cell.say(`Running, ${Math.round((performance.now() - began) / 1000)} s`);
  }, 1000);
  try {
    cell.say("Running");
    isDone = await python.run(code, (kind, value) => cell.shown(kind, value), cell.name, above(cell.n));
    const took = seconds(performance.now() - began);
    const { line } = cell.output;
    const failure = `Stopped at an error${line ? ` in line ${line}` : ""}`;
    cell.output.end();
    cell.become("idle");
    cell.say(`${!isDone ? failure : cell.exercise ? "Checked" : `Ran in ${took}`}${cell.code === code ? "" : ". Changed since"}`, !isDone);
    const { text } = cell.output;
    voice.textContent = isDone ? `Cell ${cell.n} ran in ${took}. ${text.slice(0, 400)}`
      : `Cell ${cell.n}: ${failure}. ${text.split("\n").at(-1)}`;
  } catch (error) {
    cell.output.end();
    cell.become("idle");
    // A worker's stack is small: what C code nests deep there ends Python where a notebook goes on.
    const isDeep = /call stack/.test(error.message);
    const isStopped = error.message === "stopped";
    cell.say(isStopped ? "Stopped. Python began anew: what your cells had made is gone until they run again" : isDeep ? "Ended: nested deeper than this browser lets Python go" : "Python could not run it", !isStopped);
    voice.textContent = `Cell ${cell.n}: ${cell.said.textContent}.`;
  } finally {
    clearInterval(later);
    cell.bar?.remove();
    cell.bar = null;
    running = null;
  }
  if (!isDone) {
    if (queue.length) { // out of sight of who has pressed "Run all"
      state("Run all stopped at ", true);
      said.append(cell.link("an error", cell.output.line), ".");
    }
    empty("Not run: an earlier cell stopped at an error");
  }
  work();
}

// What only waits need not stop Python.
function stop(cell) {
  const place = queue.indexOf(cell);
  if (place >= 0) {
    queue.splice(place, 1);
    cell.become("idle");
    cell.say("");
  } else if (running === cell) {
    empty("");
    python.stop();
    load(); // at once: the files are in the browser's cache
  }
}

async function runAll() {
  if (queue.length) return;
  try { await start(); } catch { return; } // told above
  state(READY);
  worker.postMessage({ do: "clear" });
  for (const cell of cells) if (!cell.element.matches(".tag_hide-cell")) run(cell);
}

// -- the bar on top --------------------------------------------------------------------------------------------------

const bar = document.querySelector(".python-bar");
const said = make("span", { className: "python-state" });
const READY = "Python is ready: change any code on this page, and press Run below it.";
function state(text, isBad = false) {
  said.textContent = text;
  said.classList.toggle("python-bad", isBad);
}
const meter = make("progress", { "aria-label": "Loading Python", max: 1, value: 0 });
const all = button("Run all", runAll, { className: "python-all" });
const resetAll = button("Reset page", () => {
  if (cells.some((cell) => !cell.isBooks()) && !confirm("Put the book's code back into every cell of this page?")) return;
  for (const cell of cells) { cell.reset(); cell.say(""); }
  if (worker) worker.postMessage({ do: "clear" });
}, { className: "python-reset-all" });
const again = button("Try again", () => { again.hidden = true; all.focus(); load(); }, { className: "python-again", hidden: true });

const progress = { text: "" };
let isReady = false; // Python is there, or was until now
listeners.add((message) => {
  if (message.told === "progress") {
    const what = message.what === "Python" ? "Loading Python" : message.what === "pictures" ? "Python is ready, loading what draws pictures" : `Loading ${message.what}`;
    progress.text = `${what}: ${inMB(message.loaded)} of ${inMB(message.total)} MB`;
    Object.assign(meter, { max: message.total, value: message.loaded, hidden: false });
    if (message.what === "Python" && message.loaded >= message.total) progress.text = "Python starts";
    state(progress.text);
    if (!running) queue[0]?.say(progress.text);
  } else if (message.told === "ready") {
    progress.text = "";
    if (message.stage === "numpy") {
      isReady = true;
      state(READY);
      voice.textContent = READY;
      tellFigures();
    } else {
      state(READY);
      meter.hidden = true;
    }
  } else if (message.told === "failed") {
    progress.text = "";
    meter.hidden = true;
    const why = message.error.trim().split("\n").at(-1);
    state(isReady ? `Python has ended: ${why}. The next cell that is run starts it anew.` : `Python could not be loaded: ${why}.`, true);
    again.hidden = isReady;
    isReady = false;
    voice.textContent = said.textContent;
    window.explorers?.stopped?.();
  } else if (message.told === "stopped") {
    progress.text = "";
    voice.textContent = "Stopped. Python starts anew, and what a cell needs runs again by itself.";
    window.explorers?.stopped?.();
  }
});

function tellFigures() {
  const where = cells.flatMap((cell) => cell.output.figures.map(([figure]) => [figure.id, cell.name]));
  python.call("figures", Object.fromEntries(where)).catch(() => {});
}

function load() {
  if (worker) return; // the playground has started it
  again.hidden = true;
  meter.hidden = false;
  meter.removeAttribute("value");
  state(progress.text = "Loading Python");
  start().catch(() => {}); // told above
}

// Called once, by the button.
export async function open(startButton) {
  const path = location.href.replace(/[?#].*/, "").replace(/\.html$/, "").slice(new URL("../..", HERE).href.length);
  load();
  const isFocused = document.activeElement === startButton;
  startButton.hidden = true;
  bar.querySelector(".python-offer")?.remove();
  bar.append(all, resetAll, again, said, meter);
  if (isFocused) all.focus();
  document.body.append(voice, make("p", {
    id: HELP, hidden: true,
    textContent: "Tab indents; Escape, then Tab, leaves the field. Control and Enter run the cell, Shift and Enter run it and go to the next.",
  }));
  const answer = await fetch(new URL(`../../_sources/${path}.ipynb`, HERE));
  if (!answer.ok) throw new Error(`${path}.ipynb: ${answer.status}`);
  notebook = (await answer.json()).cells.filter((cell) => cell.cell_type === "code")
    .map(({ source, metadata }) => ({ code: [source].flat().join(""), tags: metadata.tags ?? [] }));
  for (const element of document.querySelectorAll('.cell[class*=" cell-"]')) {
    const n = Number(/ cell-(\d+)/.exec(element.className)[1]);
    if (element.querySelector(".cell_input pre") && notebook[n]) cells.push(new Cell(element, n, notebook[n].code));
  }
  if (isReady) tellFigures();
  showLeft();
}

// Code that was written in cells which the book has changed since.
function showLeft() {
  const own = new Set(cells.map((cell) => cell.key));
  const left = Object.entries(kept().code ?? {}).filter(([key]) => !own.has(key));
  if (!left.length) return;
  const drop = button("Delete it", () => {
    keep((all) => {
      for (const [key] of left) delete all.code?.[key];
      if (!Object.keys(all.code ?? {}).length) delete all.code;
    });
    box.remove();
    all.focus();
  });
  const code = make("pre", { tabIndex: 0, role: "region", "aria-label": "Your code for cells that the book has changed", textContent: left.map(([, { code }]) => code).join("\n\n") });
  const box = make("details", { className: "python-left" }, make("summary", {}, "The book has changed cells that you had changed: your code for them"), code, drop);
  bar.append(box);
}
