// The playground's face, the same in a kernel (as an anywidget) and in the book's page (where page.js beside this file
// gives it a model that talks to Python in a worker). It computes nothing: it asks, and shows what Python answers.
//   model.send({ asked, message });  model.on("msg:custom", ({ answered, reply }, buffers) => ...)
// Bytes of a reply come as typed arrays, or as { buffer: n }, the n-th of the buffers.

const SLICE = 25; // milliseconds that Python trains between two pictures
const CALM = 100; // updates a press of Train, for a reader who wants nothing to move
const MOST_FOR_DIGITS = 32; // neurons in a layer
const FIXED = { digits: ["noise"], own: ["noise", "examples"] }; // what means nothing for these data
const ALSO = ["sees"];
const GROUPS = { data: "Data", layers: "Network", loss: "Training" }; // by the setting that each begins with
const SUB = "₀₁₂₃₄₅₆₇₈₉", SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹";

const digits = (n, letters) => String(n).replace(/\d/g, (d) => letters[d]);
const symbol = (letter, l, i, k) => letter + digits(l, SUPER) + digits(i, SUB) + (k ? (i > 9 || k > 9 ? "," : "") + digits(k, SUB) : "");
// A number with so many significant figures, as bplib._text.figure writes it; without `trim` zeros stay at its end.
function say(x, figures = 4, trim = true) {
  if (typeof x !== "number") return "–";
  if (x === 0) return "0";
  const plain = Math.abs(x) >= 1e-4 && Math.abs(x) < 1e5;
  let [text, power] = (plain ? x.toPrecision(figures) : x.toExponential(figures - 1)).split("e");
  if (plain && power) [text, power] = [String(+x.toPrecision(figures))]; // 12350, not 1.235e4
  if ((trim || power) && text.includes(".")) text = text.replace(/\.?0+$/, "");
  return (text + (power ? `·10${digits(+power, SUPER).replace("-", "⁻")}` : "")).replace("-", "−");
}
const percent = (x) => (typeof x === "number" ? `${(100 * x).toFixed(1).replace(".0", "")} %` : "–");

function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, value); else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function s(tag, attributes = {}) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// -- asking Python -----------------------------------------------------------------------------------------------------

function filled(value, buffers) {
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map((part) => filled(part, buffers));
  if (typeof value.buffer === "number") {
    const view = buffers[value.buffer];
    return new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength);
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, filled(part, buffers)]));
}

function asks(model, slow) {
  const own = Math.random().toString(36).slice(2); // a notebook may show one model twice
  const waiting = new Map();
  let count = 0;
  const heard = (content, buffers = []) => {
    const done = waiting.get(content.answered);
    waiting.delete(content.answered);
    done?.(filled(content.reply, buffers));
  };
  model.on("msg:custom", heard);
  const ask = (message) => new Promise((done) => {
    const asked = `${own} ${count++}`;
    const timer = setTimeout(() => slow(true), 3000);
    waiting.set(asked, (reply) => { clearTimeout(timer); slow(false); done(reply); });
    model.send({ asked, message });
  });
  return [ask, () => model.off("msg:custom", heard)];
}

// -- pictures ----------------------------------------------------------------------------------------------------------

// Bytes from 0 (orange) through 128 (nothing: the page) to 255 (blue), in the tones of palette.DIVERGING.
const TONES = new Uint8ClampedArray(1024), INK = new Uint8ClampedArray(1024);
for (let v = 0; v < 256; v++) {
  INK.set([128, 128, 128, v], 4 * v);
  TONES.set(v < 128 ? [0xd9, 0x72, 0x2e, 255 - 255 * (v / 128)] : [0x2f, 0x86, 0xd0, 255 * ((v - 128) / 127)], 4 * v);
}

function paint(canvas, bytes, side, tones = TONES) {
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  for (let n = 0; n < side * side; n++) image.data.set(tones.subarray(4 * bytes[n], 4 * bytes[n] + 4), 4 * n);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// Several classes: each place in the colour of the likeliest, the surer the stronger.
const HUES = ["orange", "blue", "green", "purple", "red", "grey"];
function paintClasses(canvas, layer, side, style) {
  const n = layer.length / side ** 2;
  const colours = Array.from({ length: n }, (_, c) => rgb(style.getPropertyValue(`--x-${HUES[c % HUES.length]}`)));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const image = new ImageData(side, side);
  for (let at = 0; at < side * side; at++) {
    let best = 0;
    for (let c = 1; c < n; c++) if (layer[c * side ** 2 + at] > layer[best * side ** 2 + at]) best = c;
    image.data.set([...colours[best], layer[best * side ** 2 + at]], 4 * at);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}
const rgb = (colour) => [1, 3, 5].map((n) => parseInt(colour.trim().slice(n, n + 2), 16));

// -- the playground ----------------------------------------------------------------------------------------------------

function render({ model, el }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const id = `pg-${Math.random().toString(36).slice(2, 8)}`;
  const [ask, deaf] = asks(model, (is) => { busy.hidden = !is; });
  let state = null; // Python's last answer
  let points = null;
  let touched = { l: 1, i: 1, k: 1 }; // a weight, or with k = 0 a bias; counted from 1, as in the equations
  let training = false;
  let placing = 1;
  let cursor = null; // on the plane, as shares of its width and height

  // what stands still
  const train = h("button", { type: "button", className: "pg-main" }, "Train");
  const step = h("button", { type: "button" }, "Step");
  const reset = h("button", { type: "button", title: "The same first weights again" }, "Reset");
  const anew = h("button", { type: "button", title: "Other first weights" }, "New start");
  const share = h("button", { type: "button" }, model.address ? "Copy link" : "Copy the state");
  const shared = h("output", { className: "pg-shared" });
  const numbers = {};
  const list = h("dl", { className: "pg-numbers" });
  for (const [name, label] of [["updates", "Updates"], ["epoch", "Epochs"], ["loss", "Loss"], ["test_loss", "Test loss"], ["right", "Right"], ["test_right", "Test right"]]) {
    list.append(h("div", {}, h("dt", {}, label), numbers[name] = h("dd", {}, "–")));
  }
  const sentence = h("p", { className: "pg-sentence", role: "status" });
  const wrong = h("p", { className: "pg-wrong", role: "alert" });
  const busy = h("p", { className: "pg-busy", hidden: true }, "Waiting for Python …");

  const settings = h("div", { className: "pg-settings" });
  const about = h("span");
  const options = h("details", { className: "pg-options" }, h("summary", {}, "Data and settings: ", about), settings);

  const edges = s("svg", { class: "pg-edges", "aria-hidden": "true" });
  const stage = h("div", { className: "pg-stage" });
  const hint = h("p", { className: "pg-hint", "aria-hidden": "true" });
  const net = h("div", { className: "pg-net", role: "group", "aria-label": "Network" }, stage, hint);

  const field = h("canvas", { className: "pg-field" });
  const dots = s("svg", { class: "pg-dots", viewBox: "0 0 100 100", preserveAspectRatio: "none" });
  const plane = h("div", { className: "pg-plane" }, field, dots);
  const frame = { left: h("span"), right: h("span"), bottom: h("span"), top: h("span"), x: h("span"), y: h("span") };
  const key = h("p", { className: "pg-key" });
  const frameBox = h("div", { className: "pg-frame" },
    h("div", { className: "pg-y", "aria-hidden": "true" }, frame.top, frame.y, frame.bottom), plane,
    h("div", { className: "pg-x", "aria-hidden": "true" }, frame.left, frame.x, frame.right));
  const sheet = h("canvas", { className: "pg-sheet", hidden: true });
  sheet.setAttribute("role", "img");
  sheet.setAttribute("aria-label", "Handwritten digits");
  const classes = h("fieldset", { className: "pg-classes" }, h("legend", {}, "A click places a point of"));
  const clear = h("button", { type: "button" }, "Take all away");
  const chosen = h("output", { className: "pg-unseen" }); // a class chosen by a digit, for who only hears
  const ownBar = h("div", { className: "pg-own-bar", hidden: true }, classes, clear, chosen);
  const out = h("div", { className: "pg-out", role: "group", "aria-label": "Answer" }, ownBar, frameBox, sheet, key);

  const curve = s("svg", { class: "pg-curve", viewBox: "0 0 320 150", role: "img" });
  const text = (x, y, anchor, words = "") => { const node = s("text", { x, y, "text-anchor": anchor }); node.textContent = words; return node; };
  const trainLine = s("polyline", { class: "pg-line-train" }), testLine = s("polyline", { class: "pg-line-test" });
  const mostText = text(32, 16, "end"), lastText = text(312, 147, "end");
  curve.append(s("path", { d: "M36,8V132H312", class: "pg-axis" }), mostText, text(32, 132, "end", "0"), text(36, 147, "start", "0"), lastText, testLine, trainLine);
  const course = h("div", { className: "pg-course" }, h("p", { className: "pg-title" }, "Loss"), curve,
    h("p", { className: "pg-key" }, h("span", { className: "pg-line-train" }), " training ", h("span", { className: "pg-line-test" }), " test"));

  const name = h("label", { for: `${id}-weight` });
  const slider = h("input", { type: "range", min: -5, max: 5, step: 0.01, id: `${id}-weight` });
  const exact = h("input", { type: "number", step: "any", "aria-label": "The same as a number" });
  const trace = h("div", { className: "pg-trace", role: "group", "aria-label": "One update of one weight" });
  const grid = h("div", { className: "pg-grid" });
  const layer = h("select", { "aria-label": "Layer" });
  const weights = h("details", {}, h("summary", {}, "All weights"), layer, grid);
  const hand = h("div", { className: "pg-hand", role: "group", "aria-label": "A weight by hand" }, name, slider, exact);

  const code = h("pre", { tabIndex: 0, role: "region", "aria-label": "The program" });
  const copyCode = h("button", { type: "button" }, "Copy the program");
  const copiedCode = h("output");
  const program = h("details", {}, h("summary", {}, "As code"), code, copyCode, " ", copiedCode);
  const csv = h("textarea", { id: `${id}-csv`, rows: 5, spellcheck: false, placeholder: "x1,x2,class\n0.5,-0.2,1" });
  const csvWrong = h("p", { className: "pg-wrong", id: `${id}-csv-wrong`, role: "alert" });
  csv.setAttribute("aria-describedby", csvWrong.id);
  const useCsv = h("button", { type: "button" }, "Use these rows");
  const empty = h("button", { type: "button" }, "Take your own points");
  const howTo = h("p", {}, "With your own points a click on the plane places one, and a click on a point takes it away. By keyboard: on the plane, arrow keys move the cross, a digit chooses the class, and Enter places a point or takes it away.");
  const own = h("details", {}, h("summary", {}, "Points of your own"), empty, howTo,
    h("label", { for: csv.id }, "Or paste a table: two numbers and a class in a row"), csv, csvWrong, useCsv);
  const check = h("button", { type: "button" }, "Check the gradient");
  const checked = h("p", { role: "status" });
  const checks = h("div", { className: "pg-check" }, check, checked);

  const root = h("section", { className: "playground", "aria-label": "Playground" },
    h("div", { className: "pg-bar", role: "group", "aria-label": "Training" }, train, step, reset, anew, share, shared), list,
    wrong, sentence, busy, options,
    h("div", { className: "pg-look" }, h("div", {}, net, hand), h("div", {}, out, course)), trace, checks, weights, own, program);

  // -- showing an answer ---------------------------------------------------------------------------------------------

  // Takes what Python answered: true if it is a state, false if it is an error, which is told where it belongs.
  function take(reply, place = wrong) {
    if (reply.error) {
      place.textContent = reply.error;
      return false;
    }
    wrong.textContent = csvWrong.textContent = "";
    if (reply.W) {
      const shape = String(state?.sizes);
      state = { ...state, batch: [], ...reply };
      if (shape !== String(state.sizes)) layOut();
    }
    return true;
  }

  function show() {
    numbers.updates.textContent = state.updates;
    numbers.epoch.textContent = state.epoch < 100 ? say(state.epoch, 3) : state.epoch.toFixed(0);
    numbers.loss.textContent = say(state.loss, 4, false);
    numbers.test_loss.textContent = say(state.test_loss, 4, false);
    numbers.right.textContent = percent(state.right);
    numbers.test_right.textContent = percent(state.test_right);
    showWeights();
    showPictures();
    showBatch();
    showCourse();
    if (!training) showHand();
  }

  // What is told once training pauses, or a hand has changed something.
  async function rest() {
    checked.textContent = "";
    sentence.textContent = [...state.notes, state.sentence].join(" ");
    showSettings();
    showGrid();
    remember();
    if (program.open) await showCode();
    await showTrace();
  }

  function remember() {
    model.address?.write(state.address);
  }

  const value = ({ l, i, k }) => (k ? state.W[l][i - 1][k - 1] : state.b[l][i - 1]);
  const called = ({ l, i, k }) => (k ? symbol("w", l, i, k) : symbol("b", l, i));
  const layers = () => state.sizes.length - 1;
  const wide = () => state.sizes[0] > 8; // too many inputs for a neuron each: they are one picture

  let places = {}; // of the neurons: "l i" to [x, y]
  let lines = []; // of the weights: { l, i, k, line }
  let pictures = {}; // canvases: "l i"

  function layOut() {
    const L = layers();
    const width = stage.clientWidth || 400;
    const most = Math.max(...state.sizes.slice(wide() ? 1 : 0));
    const side = Math.max(20, Math.min(44, width / (L + 1) - 14, 560 / most - 6));
    const height = Math.max(180, most * (side + (most > 10 ? 5 : 12))) + 24;
    stage.style.height = `${height}px`;
    edges.setAttribute("viewBox", `0 0 ${width} ${height}`);
    stage.replaceChildren(edges);
    edges.replaceChildren();
    places = {}; lines = []; pictures = {};
    for (let l = 0; l <= L; l++) {
      const n = l === 0 && wide() ? 1 : state.sizes[l];
      const x = width * (l + 0.5) / (L + 1);
      const heading = h("span", { className: "pg-layer" }, l === 0 ? "inputs" : l === L ? "output" : `layer ${l}`);
      heading.style.left = `${x}px`;
      stage.append(heading);
      const own = l === 0 && wide() ? Math.min(64, width / (L + 1) - 8) : side;
      const gap = Math.min(side + 34, (height - 24) / n);
      for (let i = 1; i <= n; i++) {
        const y = 24 + (height - 24) / 2 + gap * (i - (n + 1) / 2);
        places[`${l} ${i}`] = [x, y];
        const canvas = h("canvas", { className: "pg-neuron", width: 1, height: 1 });
        canvas.setAttribute("aria-hidden", "true");
        Object.assign(canvas.style, { left: `${x - own / 2}px`, top: `${y - own / 2}px`, width: `${own}px`, height: `${own}px` });
        stage.append(canvas);
        pictures[`${l} ${i}`] = canvas;
      }
    }
    for (let l = 1; l <= L; l++) {
      for (let i = 1; i <= state.sizes[l]; i++) {
        for (let k = 1; k <= (l === 1 && wide() ? 1 : state.sizes[l - 1]); k++) {
          const [x0, y0] = places[`${l - 1} ${k}`], [x1, y1] = places[`${l} ${i}`];
          const bend = (x1 - x0) / 2;
          const line = s("path", { d: `M${x0},${y0}C${x0 + bend},${y0} ${x1 - bend},${y1} ${x1},${y1}`, fill: "none" });
          edges.append(line);
          lines.push({ l, i, k, line, of: l === 1 && wide() ? null : [x0, y0, x1, y1] });
        }
      }
    }
    if (touched.l > L || touched.i > state.sizes[touched.l] || touched.k > state.sizes[touched.l - 1]) touched = { l: 1, i: 1, k: 1 };
    layer.replaceChildren(...Array.from({ length: L }, (_, n) => h("option", { value: n + 1 }, `Layer ${n + 1}: ${state.sizes[n + 1]} × ${state.sizes[n]} weights, ${state.sizes[n + 1]} biases`)));
    layer.value = touched.l;
  }

  const same = (a, b) => a.l === b.l && a.i === b.i && a.k === b.k;

  function showWeights() {
    for (const { l, i, k, line, of } of lines) {
      const w = of ? state.W[l][i - 1][k - 1] : 0;
      line.setAttribute("class", of ? (w >= 0 ? "pg-plus" : "pg-minus") : "pg-many");
      line.style.strokeWidth = of ? 0.8 + 1.6 * Math.min(Math.abs(w), 3) : 1;
      if (of && same(touched, { l, i, k })) { line.classList.add("pg-touched"); edges.append(line); }
    }
    for (const [place, canvas] of Object.entries(pictures)) {
      const [l, i] = place.split(" ").map(Number);
      canvas.classList.toggle("pg-touched", touched.k === 0 && touched.l === l && touched.i === i);
    }
  }

  function showPictures() {
    if (!state.sees) return;
    const { size, kind, layers: seen } = state.sees;
    seen.forEach((layer, l) => {
      for (let n = 0; n < layer.length / size ** 2; n++) {
        const tones = kind === "pixels" && l === 0 ? INK : TONES;
        paint(pictures[`${l} ${n + 1}`], layer.subarray(n * size ** 2, (n + 1) * size ** 2), size, tones);
      }
    });
    if (kind !== "plane") return;
    const last = seen.at(-1), outputs = last.length / size ** 2;
    if (outputs <= 2) paint(field, last.subarray((outputs - 1) * size ** 2), size);
    else paintClasses(field, last, size, getComputedStyle(root));
  }

  function showCourse() {
    const { updates, loss, test_loss: test } = state.history;
    const finite = [...loss, ...test].filter((x) => typeof x === "number");
    const most = Math.max(...finite, 1e-9);
    const last = Math.max(state.updates, 1);
    const path = (values) => values.map((v, n) => (typeof v === "number"
      ? `${(36 + 276 * updates[n] / last).toFixed(1)},${(132 - 120 * v / most).toFixed(1)}` : "")).join(" ");
    testLine.setAttribute("points", path(test));
    trainLine.setAttribute("points", path(loss));
    mostText.textContent = say(most, 3);
    lastText.textContent = `${state.updates} update${state.updates === 1 ? "" : "s"}`;
    if (!training) curve.setAttribute("aria-label", `Loss over ${lastText.textContent}: now ${say(state.loss)} in training, ${say(state.test_loss)} in the test`);
  }

  // -- points --------------------------------------------------------------------------------------------------------

  function mark(x, y, c, kind) {
    const r = 1.5;
    const shape = [
      () => s("rect", { x: x - r * 0.9, y: y - r * 0.9, width: r * 1.8, height: r * 1.8 }),
      () => s("circle", { cx: x, cy: y, r }),
      () => s("path", { d: `M${x},${y - r * 1.3}l${r * 1.2},${r * 2.1}h${-r * 2.4}z` }),
    ][(c + Math.floor(c / 6)) % 3]();
    shape.setAttribute("class", `pg-${kind}`);
    shape.style.setProperty("--own", `var(--x-${HUES[c % HUES.length]})`);
    return shape;
  }
  function sample(c) {
    const picture = s("svg", { viewBox: "0 0 5 5", class: "pg-mark", "aria-hidden": "true" });
    picture.append(mark(2.5, 2.5, c, "train"));
    return picture;
  }
  let trained = []; // the marks of the points to train with
  let ringed = []; // of those, the batch of the step that was just made
  function showBatch() {
    for (const shape of ringed) shape.classList.remove("pg-batch");
    ringed = state.batch.map((n) => trained[n]).filter(Boolean);
    for (const shape of ringed) {
      shape.classList.add("pg-batch");
      dots.append(shape);
    }
  }
  const isOwn = () => state.settings.data === "own";

  function showPoints() {
    const { view, classes: names, inputs, x, y, x_test: xTest, y_test: yTest } = points;
    key.replaceChildren();
    frameBox.hidden = !view;
    sheet.hidden = Boolean(view);
    if (!view) {
      showDigits();
      key.append(`Some of the ${y.length} digits to train with; ${yTest.length} others are for the test.`);
      return;
    }
    const [x0, x1, y0, y1] = view;
    const at = ([u, v]) => [100 * (u - x0) / (x1 - x0), 100 - 100 * (v - y0) / (y1 - y0)];
    trained = x.map((p, n) => mark(...at(p), y[n], "train"));
    dots.replaceChildren(...xTest.map((p, n) => mark(...at(p), yTest[n], "test")), ...trained);
    // in the table's own units, where a table was scaled
    [["left", "right", "x"], ["bottom", "top", "y"]].forEach(([low, high, axis], n) => {
      const { name, middle, half } = inputs[n];
      for (const [side, v] of [[low, view[2 * n]], [high, view[2 * n + 1]]]) frame[side].textContent = say(+(middle + half * v).toPrecision(12));
      frame[axis].textContent = frame[axis].title = name;
      frame[axis].classList.toggle("pg-named", name !== `x${SUB[n + 1]}`);
    });
    if (!isOwn()) names.forEach((name, c) => key.append(h("span", {}, sample(c), ` class ${name}`), " "));
    key.append(h("span", {}, `${x.length} to train with${xTest.length ? `, ${xTest.length} to test (hollow)` : ""}`));
    const scaled = inputs.filter(({ middle, half }) => middle !== 0 || half !== 1).map((input) => input.name);
    if (scaled.length) key.append(h("span", {}, `The network gets ${scaled.join(" and ")} scaled to −1 to 1.`));
    plane.classList.toggle("pg-own", isOwn());
    const choices = [...names, ...(names.length < 10 ? [String(names.length)] : [])]; // one more than there are
    if (placing >= choices.length) placing = 1;
    const now = choices.join("\n");
    if (classes.dataset.of !== now) {
      classes.dataset.of = now;
      const had = classes.contains(document.activeElement);
      classes.replaceChildren(classes.firstChild, ...choices.map((name, c) => {
        const radio = h("input", { type: "radio", name: `${id}-class`, checked: c === placing });
        radio.addEventListener("change", () => { placing = c; });
        return h("label", {}, radio, sample(c), ` class ${name}`);
      }));
      if (had) classes.querySelectorAll("input")[placing].focus();
    }
    empty.hidden = isOwn();
    ownBar.hidden = !isOwn();
    showCursor();
  }

  function showDigits() {
    const columns = 8, rows = 5;
    sheet.width = 9 * columns - 1;
    sheet.height = 9 * rows - 1;
    const context = sheet.getContext("2d");
    for (let n = 0; n < columns * rows; n++) {
      const image = new ImageData(8, 8);
      for (let p = 0; p < 64; p++) image.data.set(INK.subarray(4 * Math.min(255, 16 * points.x[64 * n + p]), 4 * Math.min(255, 16 * points.x[64 * n + p]) + 4), 4 * p);
      context.putImageData(image, 9 * (n % columns), 9 * Math.floor(n / columns));
    }
  }

  const cross = s("path", { class: "pg-cross" });
  function showCursor() {
    cross.remove();
    const of = points.inputs.map((input) => input.name).join(" and ");
    plane.tabIndex = isOwn() ? 0 : -1;
    plane.setAttribute("role", isOwn() ? "application" : "img");
    plane.setAttribute("aria-label", isOwn()
      ? `Plane of ${of}: arrow keys move the cross, a digit chooses the class, Enter places or takes away a point`
      : `Plane of ${of} with the points and the answer`);
    if (!isOwn() || !cursor) return;
    const [x, y] = cursor;
    cross.setAttribute("d", `M${x - 3},${y}h6M${x},${y - 3}v6`);
    dots.append(cross);
  }

  const there = ([x, y]) => {
    const [x0, x1, y0, y1] = points.view;
    return [x0 + (x1 - x0) * x / 100, y1 - (y1 - y0) * y / 100];
  };

  function placeAt(place) {
    if (!isOwn()) return;
    const [u, v] = there(place), [x0, x1] = points.view;
    const near = [...points.x, ...points.x_test].some((p) => Math.hypot(p[0] - u, p[1] - v) < 0.03 * (x1 - x0));
    act(near ? { do: "points", remove: [u, v] } : { do: "points", add: [u, v, placing] });
  }

  empty.addEventListener("click", async () => {
    await act({ do: "set", values: { data: "own" } });
    out.scrollIntoView({ block: "nearest" }); // on a phone it is far from here
    plane.focus({ preventScroll: true }); // the button is gone
  });
  clear.addEventListener("click", () => act({ do: "points", clear: true }));

  // -- settings ------------------------------------------------------------------------------------------------------

  let controls = []; // of the settings: what puts each in step with the state

  let table = [];
  function makeSettings() {
    settings.replaceChildren();
    controls = table.map((setting) => {
      if (GROUPS[setting.name]) settings.append(h("fieldset", {}, h("legend", {}, GROUPS[setting.name])));
      const make = { layers: layersControl, choice: choiceControl }[setting.kind] ?? numberControl;
      const [node, update] = make(setting);
      settings.lastChild.append(node);
      return update;
    });
  }

  const change = (name, value) => act({ do: "set", values: { [name]: value } });
  const labelled = (setting, input) => h("div", { className: "pg-setting", title: setting.help },
    h("label", { for: input.id }, setting.label), input);

  function choiceControl(setting) {
    const { name, choices, labels, helps } = setting;
    const select = h("select", { id: `${id}-${name}` }, ...choices.map((value, n) => h("option", { value }, labels[n])));
    select.addEventListener("change", () => change(name, select.value));
    const node = labelled(setting, select);
    const help = h("p", { className: "pg-help", id: `${id}-${name}-help` });
    if (name === "data") {
      node.append(help);
      select.setAttribute("aria-describedby", help.id);
    }
    return [node, () => {
      select.value = state.settings[name];
      help.textContent = select.title = helps[choices.indexOf(state.settings[name])] ?? "";
    }];
  }

  function numberControl(setting) {
    const { name, kind, low, high, stops } = setting;
    const input = h("input", { type: "number", id: `${id}-${name}`, min: low, max: high, step: kind === "integer" ? 1 : "any" });
    const node = labelled(setting, input);
    if (stops.length) {
      const list = h("datalist", { id: `${id}-${name}-stops` }, ...stops.map((value) => h("option", { value })));
      input.setAttribute("list", list.id);
      node.append(list);
    }
    input.addEventListener("change", () => change(name, input.valueAsNumber));
    return [node, () => {
      input.value = state.settings[name];
      node.hidden = (FIXED[state.settings.data] ?? []).includes(name);
    }];
  }

  function layersControl({ name, label, help, high }) {
    const set = h("div", { className: "pg-layers", role: "group", "aria-label": label });
    const more = h("button", { type: "button" }, "Add a layer");
    const less = h("button", { type: "button" }, "Remove a layer");
    let asked = null; // what a hand has chosen and Python has not answered yet
    const now = () => asked ?? state.settings[name];
    const choose = (sizes) => {
      asked = sizes;
      change(name, sizes).then(() => { if (asked === sizes) asked = null; });
    };
    more.addEventListener("click", () => choose([...now(), 4]));
    less.addEventListener("click", () => choose(now().slice(0, -1)));
    return [h("div", { className: "pg-setting", title: help }, h("span", { "aria-hidden": "true" }, label), set,
      h("div", { className: "pg-layer-buttons" }, more, less)), () => {
      const most = state.settings.data === "digits" ? MOST_FOR_DIGITS : high;
      const sizes = state.settings[name];
      if (set.dataset.of !== `${most} ${sizes.length}`) {
        set.dataset.of = `${most} ${sizes.length}`;
        set.replaceChildren(...sizes.map((_, n) => {
          const select = h("select", { "aria-label": `Neurons in layer ${n + 1}` },
            ...Array.from({ length: most }, (_, k) => h("option", { value: k + 1 }, k + 1)));
          select.addEventListener("change", () => choose(now().map((size, m) => (m === n ? +select.value : size))));
          return select;
        }));
      }
      sizes.forEach((size, n) => { set.children[n].value = size; });
      less.disabled = sizes.length === 0;
    }];
  }

  function showSettings() {
    if (queued) return; // a choice that waits for its turn stays as the hand has left it
    for (const update of controls) update();
    const { data, loss, optimizer, rate } = state.settings;
    const named = (name, value) => table.find((row) => row.name === name).labels[table.find((row) => row.name === name).choices.indexOf(value)];
    about.textContent = `${named("data", data)}, ${state.sizes.join("-")}, ${named("loss", loss).toLowerCase()}, ${named("optimizer", optimizer)} ${rate}`;
  }

  // -- one weight ----------------------------------------------------------------------------------------------------

  // Where the inputs have names, the one that this weight multiplies.
  function from({ l, k }) {
    const name = l === 1 && k ? points?.inputs[k - 1]?.name : undefined;
    return name === undefined || name === `x${digits(k, SUB)}` ? "" : `, from ${name}`;
  }

  const index = ({ l, i, k }) => ({ l, j: i - 1, k: k ? k - 1 : null });

  function showHand() {
    const w = value(touched), most = Math.max(5, Math.ceil(Math.abs(w)));
    name.textContent = called(touched);
    slider.min = -most;
    slider.max = most;
    slider.value = w;
    if (document.activeElement !== exact) exact.value = Number(w.toPrecision(6));
    hint.textContent = `${called(touched)}${from(touched)} = ${say(w)}`;
  }

  async function touch(place) {
    touched = place;
    if (weights.open) layer.value = place.l;
    showWeights();
    showHand();
    showGrid();
    if (!training) await showTrace();
  }

  const HEADINGS = { example: "no.", a_before: "input", z: "z", a: "a", delta: "δ", product: "input·δ" };
  async function showTrace() {
    const mine = touched;
    const reply = await ask({ do: "trace", ...index(mine) });
    if (!same(touched, mine)) return;
    if (reply.error) return void trace.replaceChildren(h("p", {}, reply.error));
    const when = reply.when === "last" ? "The update that was just made" : "The update that comes next";
    const scroll = h("div", { className: "pg-scroll" },
      h("table", { "aria-label": `Numbers of the update for ${reply.weight}` },
        h("thead", {}, h("tr", {}, ...Object.values(HEADINGS).map((words) => h("th", { scope: "col" }, words)))),
        h("tbody", {}, ...reply.examples.map((row) => h("tr", {}, ...Object.keys(HEADINGS).map((name, n) =>
          h(n ? "td" : "th", n ? {} : { scope: "row" }, n ? say(row[name], 3) : String(row[name] + 1))))))));
    trace.replaceChildren(
      h("p", {}, `${when}, for ${reply.weight}${from(mine)}, with ${reply.m} example${reply.m === 1 ? "" : "s"}${reply.m > reply.examples.length ? `, the first ${reply.examples.length} of which` : ""}:`),
      scroll,
      h("ol", {}, ...reply.lines.map((line) => h("li", {}, line))));
    if (scroll.scrollWidth > scroll.clientWidth) scroll.tabIndex = 0; // what scrolls can be scrolled by keys
  }

  // All weights and biases of a layer: a row a neuron, a column for each that feeds it, the bias last.
  function showGrid() {
    if (!weights.open) return;
    const l = +layer.value, [n, m] = [state.sizes[l], state.sizes[l - 1]];
    const shape = [l, n, m, ...points.inputs.map((input) => input.name)].join(" ");
    if (grid.dataset.of !== shape) {
      grid.dataset.of = shape;
      const head = h("tr", {}, h("th", { scope: "col" }, "neuron"), ...Array.from({ length: m }, (_, k) => h("th", { scope: "col" }, l === 1 ? points.inputs[k]?.name ?? `x${digits(k + 1, SUB)}` : symbol("a", l - 1, k + 1))), h("th", { scope: "col" }, "bias"));
      const rows = Array.from({ length: n }, (_, i) => h("tr", {}, h("th", { scope: "row" }, symbol("z", l, i + 1)),
        ...Array.from({ length: m + 1 }, (_, k) => {
          const cell = h("td", { tabIndex: -1, role: "gridcell" });
          cell.place = { l, i: i + 1, k: k < m ? k + 1 : 0 };
          return cell;
        })));
      grid.replaceChildren(h("table", { role: "grid", "aria-label": `Weights and biases of layer ${l}` }, h("thead", {}, head), h("tbody", {}, ...rows)));
    }
    for (const cell of grid.querySelectorAll("[role=gridcell]")) {
      cell.textContent = say(value(cell.place), 3);
      const is = same(cell.place, touched);
      cell.setAttribute("aria-selected", is);
      cell.tabIndex = is || (touched.l !== l && cell.place.i === 1 && cell.place.k === 1) ? 0 : -1;
    }
  }

  grid.addEventListener("keydown", (event) => {
    const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [];
    const cell = event.target.closest("[role=gridcell]");
    if (down === undefined || !cell) return;
    event.preventDefault();
    const row = cell.parentNode.parentNode.rows[cell.parentNode.sectionRowIndex + down];
    const next = row?.cells[cell.cellIndex + right];
    if (next?.place) { next.focus(); touch(next.place); }
  });
  grid.addEventListener("click", (event) => {
    const cell = event.target.closest("[role=gridcell]");
    if (cell) { cell.focus(); touch(cell.place); }
  });
  layer.addEventListener("change", () => showGrid());
  weights.addEventListener("toggle", () => showGrid());

  function nearest(event) {
    const box = stage.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    for (const [place, [px, py]] of Object.entries(places)) {
      const [l, i] = place.split(" ").map(Number);
      if (l > 0 && Math.hypot(x - px, y - py) < pictures[place].clientWidth / 2) return { l, i, k: 0 };
    }
    let best = null, least = event.pointerType === "touch" ? 22 : 10;
    for (const { l, i, k, of } of lines) {
      if (!of || x < of[0] || x > of[2]) continue;
      const t = (x - of[0]) / (of[2] - of[0]); // the curve's own height there: its ends are level
      const u = t < 0.5 ? 4 * t ** 3 : 1 - 4 * (1 - t) ** 3; // close to it
      const away = Math.abs(y - (of[1] + (of[3] - of[1]) * (0.5 * u + 0.5 * (3 * t * t - 2 * t ** 3))));
      if (away < least) { least = away; best = { l, i, k }; }
    }
    return best;
  }
  stage.addEventListener("click", (event) => { const place = nearest(event); if (place) touch(place); });
  stage.addEventListener("pointermove", (event) => {
    const place = nearest(event);
    stage.style.cursor = place ? "pointer" : "";
    if (place) hint.textContent = `${called(place)}${from(place)} = ${say(value(place))}`;
  });

  const byHand = (input) => {
    if (!Number.isFinite(input.valueAsNumber)) return;
    act({ do: "weight", ...index(touched), value: input.valueAsNumber });
  };
  slider.addEventListener("input", () => byHand(slider));
  exact.addEventListener("change", () => byHand(exact));

  // -- what a hand does ----------------------------------------------------------------------------------------------

  // One thing after the other; what is asked while one is under way waits, and of moves of one slider only the newest.
  let turn = Promise.resolve();
  let waiting = null; // the message that came last, as long as it waits
  let queued = 0;
  let shownData = null; // the number of the data whose points are shown
  function act(message, place = wrong) {
    if (message.do === "weight" && ["do", "l", "j", "k"].every((name) => waiting?.[name] === message[name])) {
      waiting.value = message.value;
      return turn;
    }
    waiting = message;
    queued++;
    turn = turn.then(async () => {
      queued--;
      if (waiting === message) waiting = null;
      await pause();
      const also = points ? ALSO : [...ALSO, "points"];
      if (!take(await ask({ ...message, also }), place)) return void showSettings();
      await settle();
    }).catch(reportError); // what comes next is done all the same
    return turn;
  }

  // After a change: what of the data is new, all pictures, all words.
  async function settle() {
    if (!state.points && state.data !== shownData) take(await ask({ do: "look", also: ["points"] }));
    if (state.points) {
      points = state.points;
      shownData = state.data;
      delete state.points;
      showPoints();
    }
    show();
    await rest();
  }

  let slices = Promise.resolve();
  async function pause() {
    training = false;
    await slices;
  }

  async function run() {
    train.textContent = "Pause";
    root.classList.add("pg-training"); // words of the last pause are not of what is seen now
    const question = () => ask({ do: "train", milliseconds: SLICE, also: ALSO });
    let next = question(); // Python is at work on the next picture while this one is drawn
    while (training) {
      const reply = await next;
      if (!training || reply.error || reply.stopped) { next = Promise.resolve(reply); break; }
      next = question();
      take(reply);
      show();
      root.dataset.frames = +(root.dataset.frames ?? 0) + 1; // for who measures
      await new Promise(requestAnimationFrame);
    }
    training = false;
    const reply = await next;
    train.textContent = trainWords();
    if (take(reply)) show();
    root.classList.remove("pg-training"); // before its words change: hidden ones are not read out
    await rest();
  }

  const trainWords = () => (calm.matches ? `Train ${CALM} updates` : "Train");
  train.addEventListener("click", async (event) => {
    if (event.detail === 2) return; // the second half of a double click
    if (calm.matches) return void act({ do: "train", updates: CALM });
    if (training) return void pause();
    await turn;
    if (training) return; // pressed twice meanwhile
    training = true;
    slices = run();
  });
  step.addEventListener("click", () => act({ do: "step" }));
  reset.addEventListener("click", () => act({ do: "reset" }));
  anew.addEventListener("click", () => act({ do: "seed" }));
  calm.addEventListener("change", () => { if (!training) train.textContent = trainWords(); });

  check.addEventListener("click", async () => {
    await pause();
    const reply = await ask({ do: "check" });
    checked.textContent = reply.error ?? reply.sentence;
  });

  async function showCode() {
    const reply = await ask({ do: "code" });
    code.textContent = reply.error ?? reply.program;
  }
  program.addEventListener("toggle", async () => { if (program.open) { await pause(); await showCode(); } });
  const copied = (text, place, words) => {
    const done = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard here"));
    done.then(() => "Copied", () => words).then((said) => {
      place.textContent = said;
      setTimeout(() => { place.textContent = ""; }, 3000);
    });
  };
  copyCode.addEventListener("click", () => copied(code.textContent, copiedCode, "Select the program, and copy it"));
  share.addEventListener("click", async () => {
    await pause();
    remember();
    const text = model.address ? model.address.link(state.address) : `Playground("${state.address}")`;
    copied(text, shared, model.address ? "It is in the address bar" : text);
  });

  useCsv.addEventListener("click", async () => {
    await act({ do: "csv", text: csv.value }, csvWrong);
    if (!csvWrong.textContent) out.scrollIntoView({ block: "nearest" });
  });

  plane.addEventListener("click", (event) => {
    if (!points) return;
    const box = plane.getBoundingClientRect();
    placeAt([100 * (event.clientX - box.left) / box.width, 100 * (event.clientY - box.top) / box.height]);
  });
  plane.addEventListener("keydown", (event) => {
    const [right, down] = { ArrowUp: [0, -2], ArrowDown: [0, 2], ArrowLeft: [-2, 0], ArrowRight: [2, 0] }[event.key] ?? [];
    if (right !== undefined) {
      const [x, y] = cursor ?? [50, 50];
      cursor = [Math.min(100, Math.max(0, x + right)), Math.min(100, Math.max(0, y + down))];
      showCursor();
    } else if (event.key === "Enter" || event.key === " ") placeAt(cursor ?? [50, 50]);
    else if (/^\d$/.test(event.key)) {
      const radio = classes.querySelectorAll("input")[event.key];
      radio?.click();
      chosen.textContent = radio?.parentNode.textContent ?? "";
    }
    else return;
    event.preventDefault();
  });
  plane.addEventListener("focus", () => { cursor ??= [50, 50]; showCursor(); });

  // -- start ---------------------------------------------------------------------------------------------------------

  el.append(root);
  train.textContent = trainWords();
  const resized = new ResizeObserver(() => { layOut(); show(); });
  async function open(address) {
    const first = address === undefined ? { do: "look" } : { do: "open", address };
    if (!take(await ask({ ...first, milliseconds: SLICE, also: [...ALSO, "points"] }))) return;
    while (state.remaining) {
      show();
      sentence.textContent = `Training again up to update ${state.updates + state.remaining} …`;
      if (!take(await ask({ do: "train", milliseconds: 100, also: ALSO }))) return;
    }
    await settle();
  }
  const follow = () => { turn = turn.then(async () => { await pause(); await open(model.address.read()); }).catch(reportError); };
  model.address?.listen(follow);
  // In a notebook the chapter's links to a state are in the same document. The first playground there takes them.
  function followed(event) {
    const link = event.composedPath().find((node) => node.localName === "a");
    const address = link?.getAttribute("href")?.split("#playground=")[1];
    if (address === undefined || event.defaultPrevented || !el.isConnected) return;
    event.preventDefault();
    event.stopPropagation();
    turn = turn.then(async () => { await pause(); await open(address); });
    root.scrollIntoView();
    train.focus({ preventScroll: true });
  }
  if (!model.address) document.addEventListener("click", followed, true);
  turn = (async () => {
    table = (await ask({ do: "table" })).settings;
    makeSettings();
    await open(model.address?.read() ?? undefined);
    resized.observe(stage);
    root.dataset.ready = "";
  })();
  return () => { training = false; document.removeEventListener("click", followed, true); resized.disconnect(); deaf(); };
}

export default { render };
