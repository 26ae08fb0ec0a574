#!/bin/sh
# Pyodide 314.0.3: what is null in JavaScript is not None in Python, and None is not null on the way back.
#
# A message of a page such as {"k": null} arrives by toPy with `jsnull`, which `is None` and `== None` deny; the same
# message as JSON, as a Jupyter kernel gets it, has None there. None goes back as undefined, so that JSON.stringify
# leaves the key out. loadPyodide({ convertNullToNone: true }) mends the first, and not the second.
#
# Seen on 2026-11-27 (Node 20.20.2):
#   by toPy: jsnull, is None: False, == None: False
#   by json.loads: None
#   back: {"n":1}, though the key is there: true
#   with convertNullToNone: None; back: {"n":1}
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . pyodide@314.0.3 > npm.log 2>&1 || { cat npm.log; exit 1; }
cat > try.mjs <<'EOF'
import assert from "node:assert";
import { loadPyodide } from "pyodide";
const message = { k: null };
const tells = `k = message["k"]; f"{k}, is None: {k is None}, == None: {k == None}"`;
const back = (python) => python.runPython("{'k': None, 'n': 1}").toJs({ dict_converter: Object.fromEntries });

const python = await loadPyodide();
python.globals.set("message", python.toPy(message));
const told = python.runPython(tells);
console.log(`by toPy: ${told}`);
assert.equal(told, "jsnull, is None: False, == None: False");
const byJson = python.runPython(`import json; str(json.loads('${JSON.stringify(message)}')['k'])`);
console.log(`by json.loads: ${byJson}`);
assert.equal(byJson, "None");
const answer = back(python);
console.log(`back: ${JSON.stringify(answer)}, though the key is there: ${"k" in answer}`);
assert.equal(JSON.stringify(answer), '{"n":1}');

const other = await loadPyodide({ convertNullToNone: true });
other.globals.set("message", other.toPy(message));
const mended = other.runPython("str(message['k'])");
console.log(`with convertNullToNone: ${mended}; back: ${JSON.stringify(back(other))}`);
assert.equal(mended, "None");
assert.equal(JSON.stringify(back(other)), '{"n":1}');
EOF
node try.mjs 2> node.log || { tail -c 800 node.log; exit 1; }
