/** Inputs that once failed: files below `crashes/TARGET`, which every run takes first. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Crash {
  readonly name: string;
  readonly input: Buffer;
}

export function readCrashes(folder: string, target: string): Crash[] {
  const place = join(folder, target);
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .sort()
    .map((name) => ({ name, input: readFileSync(join(place, name)) }));
}

/** @returns the file's path: its name tells the failure, and is the same for the same input. */
export function writeCrash(folder: string, target: string, failure: string, input: Uint8Array): string {
  const words = failure.toLowerCase().match(/[a-z0-9]+/g) ?? ["failure"];
  const name = `${words.join("-").slice(0, 60)}-${createHash("sha256").update(input).digest("hex").slice(0, 8)}`;
  mkdirSync(join(folder, target), { recursive: true });
  const file = join(folder, target, name);
  writeFileSync(file, input);
  return file;
}
