/** Started by a test: has a thread that waits for ever, in an open of a FIFO that nobody writes, and is told to end. */
import { execFileSync } from "node:child_process";
import { open } from "node:fs";
import { endSignal } from "../../core/process/exit.ts";

const [, , path = ""] = process.argv;
execFileSync("mkfifo", [path]);
open(path, "r", () => {});
endSignal(async () => {});
setTimeout(() => console.log("hanging"), 100);
