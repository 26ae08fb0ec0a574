// in_pyodide.py in the Python of a page, under Node: node in_pyodide.mjs ROOT FOLDER [CHAPTER...]
// ROOT is the repository, FOLDER has Pyodide's files. Prints what its main returns.
import { readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";

const [root, folder, ...only] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")));
const python = await loadPyodide({
  indexURL: folder + sep,
  packageBaseUrl: folder + sep,
  lockFileContents: JSON.parse(readFileSync(join(root, "tools", "live.json"), "utf8")).lock,
  env: { MPLBACKEND: "Agg" },
});
await python.loadPackage(["matplotlib", "scipy"], { messageCallback() {} });
python.FS.mkdir("/book");
python.FS.mount(python.FS.filesystems.NODEFS, { root }, "/book");
python.runPython("import sys; sys.dont_write_bytecode = True; sys.path[:0] = ['/book', '/book/tests', '/book/assets/python']");
console.log(python.pyimport("in_pyodide").main("/book", ...only));
