/** A loop without end can't be seen from the thread that runs it: another thread keeps the input, writes it as a crash and ends the process. */
import { Worker } from "node:worker_threads";

/** Far beyond what the slowest input takes, so only what never ends is taken for that. */
const PATIENCE_SECONDS = 60;

const WATCH = `
const { workerData } = require("node:worker_threads");
const { mkdirSync, writeFileSync, writeSync } = require("node:fs");
const { shared, folder, file, seconds } = workerData;
const counters = new Int32Array(shared, 0, 2);
let last = -1;
let silent = 0;
setInterval(() => {
  const now = Atomics.load(counters, 0);
  silent = now === last ? silent + 1 : 0;
  last = now;
  if (silent < seconds) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, Buffer.from(new Uint8Array(shared, 8, counters[1])));
  writeSync(2, "it never ends: the input is in " + file + "\\n");
  process.kill(process.pid, "SIGKILL");
}, 1000);
`;

/** @param folder of the target's crashes. @returns to be called with each input before it runs. */
export function watchdog(folder: string, maxBytes: number): (input: Buffer) => void {
  const shared = new SharedArrayBuffer(8 + maxBytes);
  const counters = new Int32Array(shared, 0, 2);
  const bytes = new Uint8Array(shared, 8);
  const workerData = { shared, folder, file: `${folder}/never-ends-${process.pid}`, seconds: PATIENCE_SECONDS };
  new Worker(WATCH, { eval: true, workerData }).unref();
  return (input) => {
    counters[1] = Math.min(input.length, maxBytes);
    bytes.set(input.subarray(0, maxBytes));
    Atomics.add(counters, 0, 1);
  };
}
