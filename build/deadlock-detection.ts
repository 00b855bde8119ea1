/**
 * Node for Linux is built with a part of Abseil in its mode for debugging: each mutex is looked after by a detector of deadlocks, whose
 * table is a megabyte of memory in every process, and which ends the process where it takes an order of locking for a danger.
 * Programs turn it off with absl::SetMutexDeadlockDetectionMode; here that setting's initial value is changed.
 */
import { open } from "node:fs/promises";
import { BuildFailure } from "./failure.ts";
import { run } from "./run.ts";

const SETTING = "_ZN4absl12_GLOBAL__N_124synch_deadlock_detectionE";
/** absl::OnDeadlockCycle */
const ABORT = 2;
const IGNORE = 0;

/**
 * @param original has the symbols.
 * @param stripped the same program without them, which is changed.
 * @throws BuildFailure where the setting isn't what is known of it: then Node is built in another way, and this may not be needed.
 */
export async function turnOffDeadlockDetection(original: string, stripped: string): Promise<void> {
  const address = await addressOf(SETTING, original);
  const file = await open(stripped, "r+");
  try {
    const at = await offsetOf(address, stripped);
    const value = Buffer.alloc(4);
    await file.read(value, 0, value.length, at);
    if (value.readInt32LE() !== ABORT) throw new BuildFailure(`${original}: ${SETTING} is ${value.readInt32LE()}, not ${ABORT}`);
    value.writeInt32LE(IGNORE);
    await file.write(value, 0, value.length, at);
  } finally {
    await file.close();
  }
}

async function addressOf(symbol: string, file: string): Promise<number> {
  // A compiler may put a number behind the name of what is private to a file.
  const line = (await run("nm", [file], "binutils")).split("\n").find((each) => each.replace(/\.\d+$/, "").endsWith(` ${symbol}`));
  if (line === undefined) throw new BuildFailure(`${file} has no ${symbol}: see build/deadlock-detection.ts`);
  return Number.parseInt(line, 16);
}

/** @returns where in the file the byte is that the loader puts at this address. */
async function offsetOf(address: number, file: string): Promise<number> {
  const segments = await run("readelf", ["--wide", "--segments", file], "binutils");
  for (const [, offset, start, size] of segments.matchAll(/^ +LOAD +(0x\w+) (0x\w+) 0x\w+ (0x\w+)/gm)) {
    const within = address - Number(start);
    if (within >= 0 && within < Number(size)) return Number(offset) + within;
  }
  throw new BuildFailure(`${file} has nothing at ${address.toString(16)}`);
}
