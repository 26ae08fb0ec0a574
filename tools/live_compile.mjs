// Writes Pyodide's python_stdlib.zip anew, with the modules compiled that a chapter loads: by Pyodide itself, so that it
// is the page's own Python that reads them. node live_compile.mjs CACHE TARGET (tools/live.py)
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL, fileURLToPath } from "node:url";

const [folder, target] = process.argv.slice(2).map((path) => resolve(path));
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const lock = JSON.parse(readFileSync(new URL("live.json", import.meta.url), "utf-8")).lock;
const python = await loadPyodide({
  indexURL: `${folder}/`, packageBaseUrl: `${folder}/`, lockFileContents: lock, packages: ["numpy", "matplotlib"], env: { MPLBACKEND: "Agg" },
});
python.mountNodeFS("/book", fileURLToPath(new URL("..", import.meta.url)));
python.FS.writeFile("/library.zip", new Uint8Array(readFileSync(`${folder}/python_stdlib.zip`)));
python.runPython(`
import importlib.util
import sys
import zipfile
from importlib import _bootstrap_external

sys.path += ["/book", "/book/assets/python"]
import bplib.exercises, bplib.explorer.figure, bplib.plots, bplib.quiz, bplib.training, page_python

INSIDE = "/lib/python314.zip/"
files = {getattr(module, "__file__", None) for module in sys.modules.values()}
with zipfile.ZipFile("/library.zip") as old, zipfile.ZipFile("/compiled.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
    for entry in old.infolist():
        source = old.read(entry)
        if (file := INSIDE + entry.filename) in files:
            code = compile(source, file, "exec", dont_inherit=True)
            data = _bootstrap_external._code_to_hash_pyc(code, importlib.util.source_hash(source), checked=False)
            new.writestr(zipfile.ZipInfo(entry.filename + "c"), data, zipfile.ZIP_DEFLATED, 9)
        new.writestr(entry, source, zipfile.ZIP_DEFLATED, 9)
`);
writeFileSync(target, python.FS.readFile("/compiled.zip"));
process.exit(0);
