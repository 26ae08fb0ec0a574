#!/bin/sh
# TensorFlow.js 4.22.0: Adadelta takes the steps of plain gradient descent.
#
# Zeiler's rule makes a first step of 0.000316 for rate 0.1 and a gradient of 1, as in PyTorch and optax. Here w goes from
# 1 by exactly rate times gradient, step after step, whatever the gradient was before.
#
# Seen on 2026-11-27 (Node 20.20.2, @tensorflow/tfjs 4.22.0, CPU backend), rate 0.1:
#   gradient 1: adadelta 0.9, 0.8, 0.7; sgd 0.9, 0.8, 0.7
#   gradient 5: adadelta 0.5, 0, -0.5; sgd 0.5, 0, -0.5
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . @tensorflow/tfjs@4.22.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
node - <<'EOF' 2> node.log || { cat node.log; exit 1; }
const assert = require("assert");
const tf = require("@tensorflow/tfjs");
tf.setBackend("cpu").then(() => {
  for (const g of [1, 5]) {
    const walk = (optimizer) => {
      const w = tf.variable(tf.scalar(1));
      return [1, 2, 3].map(() => {
        optimizer.applyGradients([{ name: w.name, tensor: tf.scalar(g) }]);
        return Number(w.dataSync()[0].toFixed(5)) + 0;
      });
    };
    const [ours, plain] = [walk(tf.train.adadelta(0.1, 0.9, 1e-6)), walk(tf.train.sgd(0.1))];
    console.log(`gradient ${g}: adadelta ${ours.join(", ")}; sgd ${plain.join(", ")}`);
    assert.deepStrictEqual(ours, plain);
  }
});
EOF
