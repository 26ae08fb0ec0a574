// TensorFlow.js, on its plain CPU backend, in float32: see common.py. It is run where its package is installed.

const tf = require(require.resolve("@tensorflow/tfjs", { paths: [process.cwd()] }));

const RATE = 0.1;
const STEPS = 5;
const RATES = [0.1, 0.1, 0.1, 0.01];
const GRADIENTS = {
  1: Array(STEPS).fill(1),
  "1e-8": Array(STEPS).fill(1e-8),
  "1, -1": [1, -1, 1, -1, 1],
};
const number = (v) => Number(v.toPrecision(9));

function optimizers() {
  const walk = (make, gradients, rates) => {
    const w = tf.variable(tf.tensor1d([1]));
    const optimizer = make(rates[0]);
    const weights = gradients.map((g, i) => {
      if (optimizer.setLearningRate) optimizer.setLearningRate(rates[i]);
      optimizer.applyGradients([{ name: w.name, tensor: tf.tensor1d([g]) }]);
      return number(w.dataSync()[0]);
    });
    return weights;
  };
  const entry = (call, make, bare) => {
    const options = bare().getConfig();
    const found = {
      call: `tf.train.${call}`,
      defaults: Object.fromEntries(Object.entries(options).map(([k, v]) => [k, typeof v === "number" ? number(v) : v])),
      dtype: "float32",
      weights: Object.fromEntries(Object.entries(GRADIENTS).map(([k, g]) => [k, walk(make, g, g.map(() => RATE))])),
    };
    if (call.startsWith("momentum")) found.rates = walk(make, RATES.map(() => 1), RATES);
    return found;
  };
  const required = (config) => ({ getConfig: () => config });
  return {
    SGD: entry("sgd(0.1)", (r) => tf.train.sgd(r), () => required({ learningRate: "required" })),
    momentum: entry("momentum(0.1, 0.9)", (r) => tf.train.momentum(r, 0.9), () =>
      required({ learningRate: "required", momentum: "required", useNesterov: false })),
    Nesterov: entry("momentum(0.1, 0.9, true)", (r) => tf.train.momentum(r, 0.9, true), () =>
      required({ learningRate: "required", momentum: "required", useNesterov: false })),
    AdaGrad: entry("adagrad(0.1)", (r) => tf.train.adagrad(r), () => tf.train.adagrad(RATE)),
    RMSprop: entry("rmsprop(0.1)", (r) => tf.train.rmsprop(r), () => tf.train.rmsprop(RATE)),
    Adam: entry("adam(0.1)", (r) => tf.train.adam(r), () => tf.train.adam()),
    Adadelta: entry("adadelta(0.1)", (r) => tf.train.adadelta(r), () => tf.train.adadelta()),
    Adamax: entry("adamax(0.1)", (r) => tf.train.adamax(r), () => tf.train.adamax()),
  };
}

function attempt(cases) {
  const result = {};
  for (const [name, f] of Object.entries(cases)) {
    try {
      result[name] = plain(f());
    } catch (error) {
      result[name] = `error: ${error.name}: ${error.message.split("\n")[0].slice(0, 120)}`;
    }
  }
  return result;
}

// As JSON can hold it, with the digits that float32 has.
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  return Number(value.toPrecision(6)) + 0;
}

const numbers = (t) => t.arraySync();

// As common.spread, for the rules that are met here.
function spread(values, nIn, nOut) {
  if (values.every((v) => v === values[0])) return { rule: `all ${values[0]}` };
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const moment = (k) => values.reduce((a, b) => a + (b - mean) ** k, 0) / n;
  const std = Math.sqrt(moment(2));
  const fourth = moment(4) / std ** 4;
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const limit = Math.max(-low, high);
  const scales = {
    "1/√n_in": nIn ** -0.5, "1/√n_out": nOut ** -0.5, "√(2/n_in)": Math.sqrt(2 / nIn),
    "√(2/(n_in + n_out))": Math.sqrt(2 / (nIn + nOut)), "√(6/(n_in + n_out))": Math.sqrt(6 / (nIn + nOut)), "0.05": 0.05,
  };
  const name = (scale) => {
    const near = Object.keys(scales).sort((a, b) => Math.abs(scales[a] / scale - 1) - Math.abs(scales[b] / scale - 1))[0];
    return Math.abs(scales[near] / scale - 1) < 0.015 ? near : scale.toPrecision(3);
  };
  let rule = `normal of width ${name(std)}`;
  if (fourth < 2.1) rule = `uniform within ±${name(limit)}`;
  else if (fourth < 2.7) rule = name(limit / 2) in scales ? `normal, cut at ±2·${name(limit / 2)}` : `normal, cut, of width ${name(std)}`;
  const rough = (v) => Number(v.toPrecision(4));
  return { rule, low: rough(low), high: rough(high), std: rough(std) };
}

function layers() {
  const L = tf.layers;
  const grad = (f, x) => numbers(tf.grad((x) => tf.sum(f(x)))(x));
  const batch = (rows) => {
    const layer = L.batchNormalization({});
    return [layer, numbers(layer.apply(tf.tensor2d(rows.map((v) => [v])), { training: true })).map((r) => r[0])];
  };
  const row = (k) => tf.tensor2d([[1 + k, 2 + k, 3 + k, 4 + k]]);
  const [norm, y] = batch([1, 3]);
  const conv = (x, kernel, options) =>
    numbers(tf.conv1d(tf.tensor3d(x, [1, x.length, 1]), tf.tensor3d(kernel, [kernel.length, 1, 1]), ...options)).flat(2);
  const built = (layer, shape) => {
    layer.build(shape);
    return layer;
  };
  const flat = (k) =>
    Array.from({ length: 50 }, (_, seed) => {
      const layer = built(L.conv2d({ filters: 8, kernelSize: 3, kernelInitializer: tf.initializers.glorotNormal({ seed }) }), [null, 8, 8, 3]);
      return [...layer.getWeights()[k].dataSync()];
    }).flat();
  const repeated = () => {
    const table = tf.variable(tf.zeros([4, 2]));
    return numbers(tf.variableGrads(() => tf.sum(tf.gather(table, tf.tensor1d([1, 1, 2], "int32")))).grads[table.name]);
  };
  const cell = (kind, units, weights, x, states) => {
    const layer = built(kind({ units }), [null, 1]);
    layer.setWeights(weights);
    return layer.call([x, ...states], {}).slice(1).map((s) => numbers(s)[0]);
  };
  const lstm = (block) => {
    const bias = tf.tensor1d([0, 1, 2, 3].map((i) => (i === block ? 20 : 0)));
    const states = [tf.zeros([1, 1]), tf.fill([1, 1], 2)];
    const [h, c] = cell(L.lstmCell, 1, [tf.zeros([1, 4]), tf.zeros([1, 4]), bias], tf.zeros([1, 1]), states);
    return [h[0], c[0]];
  };
  const gates = () => {
    const by = { i: [Math.tanh(1) / 2, 1], f: [Math.tanh(2) / 2, 2], g: [Math.tanh(1.5) / 2, 1.5], o: [Math.tanh(1), 1] };
    const far = ([a, b], [c, d]) => Math.hypot(a - c, b - d);
    return [0, 1, 2, 3].map((k) => Object.keys(by).sort((p, q) => far(by[p], lstm(k)) - far(by[q], lstm(k)))[0]).join(", ");
  };
  const gru = () => {
    const recurrent = tf.tensor2d([[0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0]]);
    const bias = tf.tensor1d([-20, -20, 20, -20, 0, 0]); // z, then r
    const [h] = cell(L.gruCell, 2, [tf.zeros([1, 6]), recurrent, bias], tf.zeros([1, 1]), [tf.tensor2d([[0.1, 0.2]])]);
    return h[0] > 0.1 && Math.abs(h[1]) < 1e-3 ? "after the product" : "before the product";
  };
  const lstmWeights = built(L.lstmCell({ units: 16 }), [null, 4]).getWeights();
  const four = tf.tensor1d([0, 1, 2, 3]);
  const one = tf.tensor2d([[-1]]);
  return attempt({
    batchnorm: () => y,
    batchnorm_mean: () => numbers(norm.getWeights()[2])[0],
    batchnorm_var: () => numbers(norm.getWeights()[3])[0],
    batchnorm_momentum: () => norm.getConfig().momentum,
    batchnorm_eps: () => norm.getConfig().epsilon,
    batchnorm_one: () => batch([2])[1],
    batchnorm_offset: () => batch([10001, 10002, 10003, 10004])[1],
    layernorm: () => numbers(L.layerNormalization({}).apply(row(0)))[0],
    layernorm_eps: () => L.layerNormalization({}).getConfig().epsilon,
    layernorm_offset: () => numbers(L.layerNormalization({}).apply(row(10000)))[0],
    dropout: () => [...new Set(tf.dropout(tf.ones([100]), 0.5, null, 1).dataSync())].sort(),
    gelu: () => numbers(L.activation({ activation: "gelu" }).apply(tf.tensor2d([[1]])))[0][0],
    leaky: () => numbers(L.leakyReLU().apply(one))[0][0],
    prelu: () => numbers(L.prelu().apply(one))[0][0],
    hard_sigmoid: () => numbers(L.activation({ activation: "hardSigmoid" }).apply(tf.tensor2d([[1]])))[0][0],
    embedding_init: () => spread([...built(L.embedding({ inputDim: 1000, outputDim: 64 }), [null, 1]).getWeights()[0].dataSync()], 1000, 64),
    embedding_repeated: repeated,
    conv_turned: () => conv([1, 2, 3, 4], [1, 0, -1], [1, "valid"]),
    conv_default: () => L.conv1d({ filters: 1, kernelSize: 3 }).apply(tf.ones([1, 5, 1])).shape[1],
    conv_shape: () => built(L.conv1d({ filters: 4, kernelSize: 3 }), [null, 8, 2]).getWeights()[0].shape,
    conv_same: () => conv([1, 1, 1, 1, 1, 1], [1, 1, 1], [2, "same"]),
    conv_init: () => spread(flat(0), 27, 72),
    conv_bias: () => spread(flat(1), 27, 72),
    maxpool_tie: () => grad((x) => tf.maxPool(x.reshape([1, 2, 2, 1]), 2, 2, "valid"), tf.ones([2, 2])),
    lstm_gates: gates,
    lstm_forget: () => spread([...lstmWeights[2].dataSync()].slice(16, 32), 4, 16),
    lstm_biases: () => lstmWeights.filter((w) => w.shape.length === 1).length,
    gru_reset: gru,
    shapes: () => numbers(tf.losses.meanSquaredError(four, four.reshape([4, 1]))),
    shapes_bce: () => numbers(tf.losses.sigmoidCrossEntropy(tf.zeros([4]), tf.zeros([4, 1]))),
  });
}

function derivatives() {
  const grad = (f, x) => plain(numbers(tf.grad((x) => tf.sum(f(x)))(tf.tensor(x))));
  const zero = tf.scalar(0);
  return attempt({
    relu: () => grad(tf.relu, 0),
    maximum_x0: () => grad((x) => tf.maximum(x, zero), 0),
    maximum_0x: () => grad((x) => tf.maximum(zero, x), 0),
    minimum_x0: () => grad((x) => tf.minimum(x, zero), 0),
    where: () => grad((x) => tf.where(tf.greater(x, zero), x, zero), 0),
    clip: () => [0, 1].map((x) => grad((x) => tf.clipByValue(x, 0, 1), x)),
    leaky: () => grad((x) => tf.leakyRelu(x, 0.01), 0),
    relu6: () => [0, 6].map((x) => grad(tf.relu6, x)),
    elu: () => grad(tf.elu, 0),
    abs: () => grad(tf.abs, 0),
    round: () => grad(tf.round, 0.5),
    max_tie: () => grad((x) => tf.max(x), [3, 3, 1]),
    max_axis: () => grad((x) => tf.max(x, 0), [3, 3, 1]),
    prod_zero: () => grad((x) => tf.prod(x), [0, 2, 3]),
    prod_zeros: () => grad((x) => tf.prod(x), [0, 0, 3]),
    power_0: () => grad((x) => tf.pow(x, tf.scalar(0)), 0),
    sqrt: () => grad(tf.sqrt, 0),
    where_sqrt: () => grad((x) => tf.where(tf.greater(x, zero), tf.sqrt(x), zero), 0),
    norm: () => grad((x) => tf.norm(x), [0, 0]),
    norm_by_hand: () => grad((x) => tf.sqrt(tf.sum(tf.mul(x, x))), [0, 0]),
    log_sigmoid: () => grad((x) => tf.log(tf.sigmoid(x)), -800),
    log_softmax_by_hand: () => grad((x) => tf.log(tf.softmax(x)).slice(1), [0, -800]),
    log_softmax: () => grad((x) => tf.logSoftmax(x).slice(1), [0, -800]),
    logsumexp: () => grad((x) => tf.logSumExp(x), [-Infinity, -Infinity]),
  });
}

function losses() {
  const slope = (f, x) => {
    const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d(x));
    let g = numbers(grad);
    while (Array.isArray(g) && g.every((row) => JSON.stringify(row) === JSON.stringify(g[0]))) g = g[0];
    return [numbers(value), g];
  };
  const full = (v) => Array(4).fill(Array(3).fill(v));
  const l = tf.losses;
  const of = (loss, y) => (x) => loss(tf.tensor2d(y), x).mean();
  return attempt({
    squared: () => slope(of(l.meanSquaredError, full(0)), full(2)),
    binary: () => slope(of(l.sigmoidCrossEntropy, full(1)), full(0)),
    binary_far: () => slope(of(l.sigmoidCrossEntropy, [[1]]), [[-1000]]),
    softmax: () => slope(of(l.softmaxCrossEntropy, [[1, 0, 0], [1, 0, 0]]), [[2, 0, 0], [2, 0, 0]]),
    softmax_twice: () => slope((x) => l.softmaxCrossEntropy(tf.tensor2d([[1, 0, 0]]), tf.softmax(x)), [[4, 0, 0]]),
    p_wrong: () => slope(of(tf.metrics.binaryCrossentropy, [[1]]), [[0]]),
    p_small: () => slope(of(tf.metrics.binaryCrossentropy, [[1]]), [[1e-8]]),
    p_right: () => slope(of(tf.metrics.binaryCrossentropy, [[1]]), [[1]]),
    p_sigmoid: () => slope((x) => tf.metrics.binaryCrossentropy(tf.tensor2d([[1]]), tf.sigmoid(x)).mean(), [[-20]]),
    p_softmax: () => slope((x) => tf.metrics.categoricalCrossentropy(tf.tensor2d([[0, 1]]), tf.softmax(x)).mean(), [[0, -20]]),
    p_sum: () => slope(of(tf.metrics.categoricalCrossentropy, [[1, 0]]), [[0.5, 1.5]]),
    l1: () => slope(of(l.absoluteDifference, [[0]]), [[0]]),
    huber: () => slope(of(l.huberLoss, [[0]]), [[1]]),
    hinge: () => slope(of(l.hingeLoss, [[1]]), [[1]]),
  });
}

function weights() {
  const made = Array.from({ length: 20 }, () => {
    const layer = tf.layers.dense({ units: 16 });
    layer.build([null, 784]);
    return layer.getWeights().map((w) => [...w.dataSync()]);
  });
  const init = tf.initializers;
  return {
    dense: spread(made.flatMap((l) => l[0]), 784, 16),
    dense_shape: tf.layers.dense({ units: 16, inputShape: [784] }).apply(tf.input({ shape: [784] })).sourceLayer.getWeights()[0].shape,
    dense_bias: spread(made.flatMap((l) => l[1]), 784, 16),
    he: spread([...init.heNormal({}).apply([600, 64]).dataSync()], 600, 64),
    xavier: spread([...init.glorotUniform({}).apply([600, 64]).dataSync()], 600, 64),
  };
}

const GROUPS = { losses, weights, optimizers, layers, derivatives };

tf.setBackend("cpu").then(() => {
  const result = { versions: { "TensorFlow.js": tf.version.tfjs, Node: process.versions.node } };
  for (const name of process.argv.slice(2)) if (GROUPS[name]) result[name] = GROUPS[name]();
  console.log(JSON.stringify(result));
});
