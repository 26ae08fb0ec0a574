// TensorFlow.js, in float32. A kernel is the transposed W: (in, out).

const fs = require("fs");
const tf = require(require.resolve("@tensorflow/tfjs", { paths: [process.cwd()] }));

const tasks = JSON.parse(fs.readFileSync(process.argv[2]));
const results = {};
for (const [name, task] of Object.entries(tasks)) {
  const kernels = task.W.map((W) => tf.variable(tf.tensor2d(W).transpose()));
  const biases = task.b.map((b) => tf.variable(tf.tensor1d(b)));
  const outputs = (x) =>
    kernels.reduce((a, K, l) => (l ? tf.sigmoid(a) : a).matMul(K).add(biases[l]), x);
  const C = () => {
    const z = outputs(tf.tensor2d(task.x));
    return name === "running"
      ? tf.losses.meanSquaredError(tf.tensor2d(task.y), tf.sigmoid(z))
      : tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d(task.y, "int32"), 10), z);
  };
  const { value, grads } = tf.variableGrads(C);
  const of = (variables) => variables.map((v) => grads[v.name].arraySync());
  results[name] = { loss: value.dataSync()[0], W: of(kernels), b: of(biases) };
}
console.log(JSON.stringify(results));
