// node compile.mjs FOLDER PLACE VERSION: byte code of every module in FOLDER, as VERSION of Python reads it from PLACE.
import { loadPyodide } from "pyodide";

const [folder, place, version] = process.argv.slice(2);
const python = await loadPyodide({ env: { PYTHONHASHSEED: "0" }, stdout: console.log, stderr: console.error });
python.FS.mkdirTree("/task");
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/task");
python.globals.set("place", place);
const own = python.runPython("import sys; '%d.%d' % sys.version_info[:2]");
if (own !== version) {
  console.error(`This Pyodide is Python ${own}, not ${version}: pin in package.json the one that is.`);
  process.exit(1);
}
const done = python.runPython(`
import compileall, py_compile
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
compileall.compile_dir("/task", quiet=1, stripdir="/task", prependdir=place, invalidation_mode=mode)
`);
process.exit(done ? 0 : 1);
