#!/bin/sh
# js-pytorch 0.7.2: the gradient of x to the n is 2 x, whatever n is, and a power of 1/2 or -1 is x itself.
#
# pow multiplies x by itself n - 1 times and so does nothing for an exponent below 2; its backward step is that of the
# square. A loss of the fourth power, or a norm by pow(0.5), has a value or a gradient of something else, without a word.
#
# Seen on 2026-11-28 (Node 20.20.2, js-pytorch 0.7.2), at 3: value, gradient (by calculus)
#   n = 2:   9, 6 (9, 6)
#   n = 3:   27, 6 (27, 27)
#   n = 4:   81, 6 (81, 108)
#   n = 1:   3, 6 (3, 1)
#   n = 0.5: 3, 6 (1.732, 0.289)
#   n = -1:  3, 6 (0.333, -0.111)
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
for (const n of [2, 3, 4, 1, 0.5, -1]) {
  const x = torch.tensor([3], true);
  const y = torch.pow(x, n);
  y.backward();
  const [value, gradient] = [Number(y.data), Number(x.grad)];
  const right = [3 ** n, n * 3 ** (n - 1)].map((number) => Number(number.toFixed(3)));
  console.log(`n = ${n}: ${value}, ${gradient} (${right.join(", ")})`);
  assert(gradient === 6 && value === (n < 2 ? 3 : 3 ** n));
}
EOF
node a.mjs
