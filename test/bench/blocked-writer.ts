// A thread that writes again and again, and notes the longest time between two writes.
import { openSync, writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { pause } from "./agents.ts";

const { path, longest } = workerData as { path: string; longest: Float64Array };
const fd = openSync(path, "w");
for (let last = performance.now(); ; ) {
  writeSync(fd, "x", 0);
  const now = performance.now();
  longest[0] = Math.max(longest[0] ?? 0, now - last);
  last = now;
  pause(0.2);
}
