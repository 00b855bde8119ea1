/** Somebody who changes what names lead to while files are opened that have to be in a folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, fstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openConfined } from "../../core/os/linux/confined.ts";
import { contents, heldBelow } from "../unit/os/confined-world.ts";

const EXCHANGES = join(import.meta.dirname, "confined-swapper.ts");
const LINKS = join(import.meta.dirname, "confined-linker.ts");
const RENAMES = join(import.meta.dirname, "home-files-swapper.ts");

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK } = constants;

/** How many opens there are at least and at most, and how often what can happen must have happened by then. */
const OPENS = 1000;
const MOST_OPENS = 20_000;
const OFTEN = 5;

let base: string;
let allowed: string;
let secret: string;
let before: string[];
let attackers: ChildProcess[] = [];

const at = (path: string) => join(base, path);

beforeEach(() => {
  base = mkdtempSync("/tmp/lodger-confined-");
  allowed = at("allowed");
  secret = at("secret");
  for (const folder of [allowed, secret, at("allowed/folder"), at("secret/folder")]) mkdirSync(folder);
  for (const file of ["file", "folder/file"]) {
    writeFileSync(join(allowed, file), "inside");
    writeFileSync(join(secret, file), "secret");
  }
  before = contents(secret);
});
afterEach(async () => {
  for (const attacker of attackers) {
    expect(attacker.exitCode).toBe(null); // it attacked to the end
    attacker.kill("SIGKILL");
    await once(attacker, "exit");
  }
  attackers = [];
  // Nothing there was read by the wrong one, cut, written or made: the texts, times and inodes are those of before.
  expect(contents(secret)).toEqual(before);
  expect(heldBelow(base)).toEqual([]);
  rmSync(base, { recursive: true });
});

async function attack(script: string, first: string, second: string): Promise<void> {
  const attacker = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, first, second], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  attackers.push(attacker);
  await once(attacker.stdout, "data");
}

/** Opens again and again. @returns how often each came out: a file's text, or an error's code. */
async function outcomes(path: string, flags: number, expected: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const enough = () => expected.every((one) => (counts.get(one) ?? 0) >= OFTEN);
  for (let count = 0; count < OPENS || (!enough() && count < MOST_OPENS); count++) {
    const outcome = await opened(path, flags);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return counts;
}

async function opened(path: string, flags: number): Promise<string> {
  try {
    const fd = await openConfined(path, flags | O_NONBLOCK, 0o600, { inside: [allowed] });
    try {
      const status = fstatSync(fd);
      if (status.isDirectory()) return "folder";
      return flags & (O_WRONLY | O_RDWR) ? "written" : readFileSync(`/proc/self/fd/${fd}`, "utf8");
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** None of these may come out, whatever else does. */
const NEVER = ["secret", "folder", "undefined"];

function harmless(counts: Map<string, number>, expected: readonly string[]): void {
  for (const outcome of expected)
    expect(counts.get(outcome) ?? 0, `${outcome} of ${JSON.stringify([...counts])}`).toBeGreaterThanOrEqual(OFTEN);
  for (const outcome of NEVER) expect(counts.has(outcome), JSON.stringify([...counts])).toBe(false);
}

const READING: readonly (readonly [string, number, string])[] = [
  ["read", O_RDONLY, "inside"],
  ["cut", O_WRONLY | O_TRUNC, "written"],
  ["cut or made", O_RDWR | O_CREAT | O_TRUNC, "written"],
  ["appended to or made", O_WRONLY | O_CREAT | O_APPEND, "written"],
];

describe("somebody swaps, and nothing outside is touched", { timeout: 60_000 }, () => {
  test.each(READING)("a folder for a link that leads out, by exchanging them: files are %s", async (_, flags, done) => {
    symlinkSync(at("secret/folder"), at("allowed/other"));
    await attack(EXCHANGES, at("allowed/folder"), at("allowed/other"));
    harmless(await outcomes(at("allowed/folder/file"), flags, [done, "EPERM"]), [done, "EPERM"]);
  });

  test.each(READING)("a folder for a link that leads out, by renaming: files are %s", async (_, flags, done) => {
    await attack(RENAMES, at("allowed/folder"), at("secret/folder"));
    harmless(await outcomes(at("allowed/folder/file"), flags, [done, "EPERM"]), [done, "EPERM"]);
  });

  test.each(READING)("a file for a link that leads out: files are %s", async (_, flags, done) => {
    symlinkSync(at("secret/file"), at("allowed/other"));
    await attack(EXCHANGES, at("allowed/file"), at("allowed/other"));
    harmless(await outcomes(at("allowed/file"), flags, [done, "EPERM"]), [done, "EPERM"]);
  });

  test("a link that leads in for one that leads out", async () => {
    symlinkSync("folder", at("allowed/link"));
    symlinkSync("../secret/folder", at("allowed/other"));
    await attack(EXCHANGES, at("allowed/link"), at("allowed/other"));
    harmless(await outcomes(at("allowed/link/file"), O_RDONLY, ["inside", "EPERM"]), ["inside", "EPERM"]);
  });

  test("a folder that '..' is taken of", async () => {
    mkdirSync(at("allowed/folder/below"));
    mkdirSync(at("secret/below"));
    before = contents(secret);
    symlinkSync(at("secret/below"), at("allowed/other"));
    await attack(EXCHANGES, at("allowed/folder/below"), at("allowed/other"));
    harmless(await outcomes(`${at("allowed/folder/below")}/../file`, O_RDONLY, ["inside", "EPERM"]), ["inside", "EPERM"]);
  });

  test("a way in from outside", async () => {
    symlinkSync(at("allowed/folder"), at("way"));
    symlinkSync(at("secret/folder"), at("other"));
    await attack(EXCHANGES, at("way"), at("other"));
    harmless(await outcomes(at("way/file"), O_WRONLY | O_CREAT | O_TRUNC, ["written", "EPERM"]), ["written", "EPERM"]);
  });

  test("a new file is made inside or nowhere", async () => {
    symlinkSync(at("secret/folder"), at("allowed/other"));
    await attack(EXCHANGES, at("allowed/folder"), at("allowed/other"));
    const made = new Map<string, number>();
    for (let round = 0; round < MOST_OPENS && (round < OPENS || (made.get("written") ?? 0) < OFTEN); round++) {
      const outcome = await opened(at(`allowed/folder/new-${round}`), O_WRONLY | O_CREAT | O_EXCL);
      made.set(outcome, (made.get(outcome) ?? 0) + 1);
    }
    harmless(made, ["written", "EPERM"]);
  });

  test("a file's second name, which comes and goes", async () => {
    // What the kernel's fs.protected_hardlinks forbids to others' files, and allows to one's own.
    const own = at("outside");
    writeFileSync(own, "secret");
    await attack(LINKS, at("allowed/name"), own);
    const counts = await outcomes(at("allowed/name"), O_RDWR | O_TRUNC, ["EPERM", "ENOENT"]);
    harmless(counts, ["EPERM", "ENOENT"]);
    expect(counts.has("written")).toBe(false);
    expect(readFileSync(own, "utf8")).toBe("secret");
  });
});
