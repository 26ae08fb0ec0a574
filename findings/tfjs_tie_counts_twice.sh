#!/bin/sh
# TensorFlow.js 4.22.0: the gradient of a maximum that is reached twice is counted twice.
#
# max(3, 3, 1) has the gradient 1, 1, 0: they add up to 2, so that raising all three by h is said to raise the maximum by
# 2 h. No choice of a subgradient gives that. min does the same.
#
# Seen on 2026-11-27 (Node 20.20.2, @tensorflow/tfjs 4.22.0, CPU backend):
#   max of 3,3,1: gradient 1,1,0; finite difference of raising all: 1.000
#   min of 1,3,1: gradient 1,0,1; finite difference of raising all: 1.000
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . @tensorflow/tfjs@4.22.0 > npm.log 2>&1 || { cat npm.log; exit 1; }
node - <<'EOF' 2> node.log || { cat node.log; exit 1; }
const assert = require("assert");
const tf = require("@tensorflow/tfjs");
tf.setBackend("cpu").then(() => {
  for (const [name, x, expected] of [["max", [3, 3, 1], "1,1,0"], ["min", [1, 3, 1], "1,0,1"]]) {
    const f = (x) => tf[name](x);
    const gradient = [...tf.grad(f)(tf.tensor1d(x)).dataSync()];
    const at = (h) => f(tf.tensor1d(x.map((v) => v + h))).dataSync()[0];
    const slope = (at(0.125) - at(-0.125)) / 0.25;
    console.log(`${name} of ${x}: gradient ${gradient}; finite difference of raising all: ${slope.toFixed(3)}`);
    assert(String(gradient) === expected && Math.abs(slope - 1) < 1e-3);
  }
});
EOF
