#!/bin/sh
# js-pytorch 0.7.2: the gradients of softmax, cross-entropy and layer normalisation are wrong where a batch has as many
# examples as there are classes.
#
# Dividing a matrix by the sums of its rows, the gradient of those sums is added up along the wrong axis if the matrix is
# square. Each row of a cross-entropy's gradient must add up to 0, and does for 2 examples and 3 classes. For 3 and 3 it
# is up to twice the right one. The loss is right in both, so a finite difference tells.
#
# Seen on 2026-11-28 (Node 20.20.2, js-pytorch 0.7.2), first row of the gradient; of finite differences:
#   2 examples, 3 classes: -0.373 0.345 0.028; -0.373 0.345 0.028
#   3 examples, 3 classes: -0.249 0.108 0.030; -0.249 0.230 0.019
#   4 examples, 3 classes: -0.187 0.172 0.014; -0.187 0.172 0.014
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# its parts for a graphics card are not built, and not used here
npm install --silent --no-audit --no-fund --ignore-scripts --prefix . js-pytorch@0.7.2 > npm.log 2>&1 ||
    { cat npm.log; exit 1; }
cat > a.mjs <<'EOF'
import assert from "assert";
import * as module from "js-pytorch";

const torch = module.torch ?? module;
const logits = [[1.5, 2.5, 0], [3.5, 0.5, 1], [1, 2, 0], [1, 1, 1]];
const targets = [0, 1, 2, 0];
for (const examples of [2, 3, 4]) {
  const loss = (rows) => {
    const x = torch.tensor(rows, true);
    return [x, new torch.nn.CrossEntropyLoss().forward(x, torch.tensor(targets.slice(0, examples)))];
  };
  const rows = logits.slice(0, examples);
  const [x, value] = loss(rows);
  value.backward();
  const difference = rows.map((row, i) => row.map((_, j) => {
    const moved = (h) => {
      const copy = rows.map((r) => [...r]);
      copy[i][j] += h;
      return Number(loss(copy)[1].data);
    };
    return (moved(1e-4) - moved(-1e-4)) / 2e-4;
  }));
  const text = (row) => row.map((number) => Number(number).toFixed(3)).join(" ");
  console.log(`${examples} examples, 3 classes: ${text(x.grad[0])}; ${text(difference[0])}`);
  const off = Math.max(...x.grad.flat().map((number, k) => Math.abs(number - difference.flat()[k])));
  assert(examples === 3 ? off > 0.1 : off < 1e-5, `off by ${off}`);
}
EOF
node a.mjs
