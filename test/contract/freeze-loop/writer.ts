/** Appends to a file for ever and prints a dot for each write that came back: `writer.ts FILE`. */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";

const [, , path] = process.argv;
if (path === undefined) throw new Error("which file?");
const fd = openSync(path, "w");
process.on("SIGTERM", () => {
  closeSync(fd);
  process.exit();
});
process.stdout.on("error", () => process.exit()); // the scenario was killed
setInterval(() => {
  writeSync(fd, "x", 0); // one place, so that the disk doesn't fill
  fsyncSync(fd);
  process.stdout.write(".");
}, 5);
