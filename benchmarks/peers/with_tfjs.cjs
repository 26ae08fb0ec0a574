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

const GROUPS = { optimizers };

tf.setBackend("cpu").then(() => {
  const result = { versions: { "TensorFlow.js": tf.version.tfjs, Node: process.versions.node } };
  for (const name of process.argv.slice(2)) if (GROUPS[name]) result[name] = GROUPS[name]();
  console.log(JSON.stringify(result));
});
