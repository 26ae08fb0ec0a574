#!/bin/sh
# neataptic 1.4.7: the derivative of softsign is 0 at 0 and has the wrong sign left of it.
#
# x / (1 + |x|) rises everywhere, with the slope 1 / (1 + |x|)². activation.SOFTSIGN(x, true), by which its networks learn,
# is x / (1 + |x|)²: hidden neurons at 0 do not learn, and
# those below it go up the hill.
#
# Seen on 2026-11-28 (Node 20.20.2, neataptic 1.4.7), derivative; finite difference
#   at -1:  -0.2500; 0.2500
#   at 0:   0.0000; 1.0000
#   at 0.5: 0.2222; 0.4444
#   output -0.5, target 0: the hidden neuron's bias, which should rise, goes from -1 to -1.0122
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . neataptic@1.4.7 > npm.log 2>&1 ||
    { cat npm.log; exit 1; }
node - <<'EOF'
const assert = require("assert");
const { Node, methods } = require("neataptic");
const softsign = methods.activation.SOFTSIGN;
for (const [x, wrong, right] of [[-1, -0.25, 0.25], [0, 0, 1], [0.5, 0.2222, 0.4444]]) {
  const difference = (softsign(x + 1e-6) - softsign(x - 1e-6)) / 2e-6;
  console.log(`at ${x}: ${softsign(x, true).toFixed(4)}; ${difference.toFixed(4)}`);
  assert(Math.abs(softsign(x, true) - wrong) < 1e-4 && Math.abs(difference - right) < 1e-4);
}
const [input, hidden, output] = [new Node("input"), new Node("hidden"), new Node("output")];
input.connect(hidden);
hidden.connect(output, 1);
hidden.squash = softsign;
output.squash = methods.activation.IDENTITY;
[hidden.bias, output.bias] = [-1, 0];
input.activate(0);
hidden.activate();
const before = output.activate();
output.propagate(0.1, 0, true, 0);
hidden.propagate(0.1, 0, true);
console.log(`output ${before}, target 0, hidden bias from -1 to ${hidden.bias.toFixed(4)}`);
assert(before === -0.5 && hidden.bias < -1);
EOF
