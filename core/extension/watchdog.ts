/**
 * A thread that looks whether the agent's own one still turns: when a plugin holds it, nothing in it can say so. It can't end what blocks
 * (Node's inspector doesn't reach a thread that doesn't turn either), but the admin reads who was at work.
 */
import { Worker } from "node:worker_threads";
import type { AgentState } from "../state.ts";
import { type Activity, activityText } from "./culprit.ts";

/** Longer than a plugin may hold the thread where that can be ended. */
const LATE_MS = 8000;
const PAUSE_MS = 2000;
const TEXT_BYTES = 1024;
/** A thread with less doesn't start. */
const MEMORY = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

const atWork = new Map<number, string>();
let entries = 0;
let text: Uint8Array | undefined;

/** Two numbers, shared: how often the agent's thread has answered, and whether nothing may be written. */
const PROGRAM = `
const { parentPort, workerData: { numbers, text, path, late, pause } } = require("node:worker_threads");
const { appendFileSync, writeSync } = require("node:fs");
let heard = 0, since = performance.now(), told = false;
function say(what) {
  const now = Date.now();
  const line = Math.floor(now / 1000) + "." + String((now % 1000) * 1000).padStart(6, "0") + ": error: " + what + "\\n";
  try { if (path) appendFileSync(path, line); else writeSync(2, line); } catch {}
}
setInterval(() => {
  const now = performance.now(), answers = Atomics.load(numbers, 0);
  if (answers !== heard || Atomics.load(numbers, 1) === 1) {
    if (told) say("the agent's thread turns again, after " + Math.round((now - since) / 1000) + " s");
    heard = answers; since = now; told = false;
  } else if (!told && now - since > late) {
    told = true;
    const end = text.indexOf(0);
    const who = Buffer.from(text.slice(0, end < 0 ? text.length : end)).toString();
    say("the agent's thread is blocked for " + Math.round((now - since) / 1000) + " s, and no client is answered; of plugins there is at work: " + (who || "none that is known"));
  }
  parentPort.postMessage(0);
}, pause);
`;

/** Starts the thread, for the rest of the process. It keeps nothing from ending. @param logFile standard error if undefined. */
export function startWatchdog(logFile: string | undefined, state: Pick<AgentState, "frozen" | "freezing">): void {
  if (text) return;
  const numbers = new Int32Array(new SharedArrayBuffer(8));
  text = new Uint8Array(new SharedArrayBuffer(TEXT_BYTES));
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: { numbers, text, path: logFile, late: LATE_MS, pause: PAUSE_MS },
    resourceLimits: MEMORY,
    execArgv: [],
    env: {},
  });
  worker.on("message", () => {
    Atomics.store(numbers, 1, state.frozen || state.freezing ? 1 : 0);
    Atomics.add(numbers, 0, 1);
  });
  // Without it plugins run all the same.
  worker.on("error", () => undefined);
  worker.unref();
}

/** @returns what to call when it is done. */
export function atWorkNow(activity: Activity): () => void {
  const entry = ++entries;
  atWork.set(entry, activityText(activity));
  write();
  return () => {
    if (atWork.delete(entry)) write();
  };
}

function write(): void {
  if (!text) return;
  const { written } = new TextEncoder().encodeInto([...atWork.values()].slice(-8).join("; "), text.subarray(0, TEXT_BYTES - 1));
  text[written] = 0;
}
