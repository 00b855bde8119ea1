/** A user who changes what names lead to while the agent works in the home directory. Needs root. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Account } from "../../core/os/accounts.ts";
import { LinuxHomeFiles } from "../../core/os/linux/home-files.ts";
import { readHomeFile, replaceHomeFile } from "../../core/os/linux/home-folder.ts";
import { HomeFailure } from "../../core/os/linux/home-request.ts";

const WORKER = join(import.meta.dirname, "home-files-worker.ts");
const SWAPPER = join(import.meta.dirname, "home-files-swapper.ts");

/** It need not be in any file of users. */
const ALICE = 61_001;

/** How long a user attacks at least and at most, and how often what can happen must have happened by then. */
const ATTACK_MS = 1000;
const ATTACK_LIMIT_MS = 6000;
const OFTEN = 5;

describe.skipIf(process.getuid?.() !== 0)("only root may start one who swaps paths for links all the time", { timeout: 60_000 }, () => {
  const files = new LinuxHomeFiles({ command: [process.execPath, WORKER] });
  let base: string;
  let alice: Account;
  let ssh: string;
  let keys: string;
  let secret: string;
  let swapper: ChildProcess | undefined;

  beforeEach(() => {
    base = mkdtempSync("/tmp/lodger-homes-");
    chmodSync(base, 0o755);
    alice = { name: "lodger-test-alice", uid: ALICE, gid: ALICE, home: join(base, "alice") };
    ssh = join(alice.home, ".ssh");
    keys = join(ssh, "authorized_keys");
    for (const folder of [alice.home, ssh]) makeFolder(folder);
    makeFile(keys, "mine\n");
    // What only root may read, in a folder that only root may enter.
    mkdirSync(join(base, "root"), { mode: 0o700 });
    secret = join(base, "root", "authorized_keys");
    writeFileSync(secret, "secret\n", { mode: 0o600 });
  });
  afterEach(async () => {
    await end();
    const { uid, mode } = statSync(secret);
    expect([readFileSync(secret, "utf8"), uid, mode & 0o7777]).toEqual(["secret\n", 0, 0o600]);
    expect(readdirSync(join(base, "root"))).toEqual(["authorized_keys"]);
    rmSync(base, { recursive: true });
  });

  function makeFolder(path: string): void {
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, ALICE, ALICE);
  }

  function makeFile(path: string, text: string): void {
    writeFileSync(path, text, { mode: 0o600 });
    chownSync(path, ALICE, ALICE);
  }

  async function attack(path: string, target: string): Promise<void> {
    const started = spawn(process.execPath, [SWAPPER, path, target], { uid: ALICE, gid: ALICE, stdio: ["ignore", "pipe", "inherit"] });
    swapper = started;
    await once(started.stdout, "data");
  }

  /** @returns whether it attacked to the end. */
  async function end(): Promise<boolean> {
    const alive = swapper?.exitCode === null;
    if (swapper && alive) {
      swapper.kill("SIGKILL");
      await once(swapper, "exit");
    }
    swapper = undefined;
    return alive;
  }

  /** @returns how often each came out, once these came out often enough, or not after a long time. */
  function repeatedly(step: () => void, ...expected: readonly string[]): Map<string, number> {
    const outcomes = new Map<string, number>();
    const begun = performance.now();
    const enough = () => expected.every((outcome) => (outcomes.get(outcome) ?? 0) >= OFTEN);
    for (let elapsed = 0; elapsed < ATTACK_MS || (!enough() && elapsed < ATTACK_LIMIT_MS); elapsed = performance.now() - begun) {
      let outcome = "done";
      try {
        step();
      } catch (error) {
        if (!(error instanceof HomeFailure)) throw error;
        outcome = error.code;
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    return outcomes;
  }

  test("the folder: nothing is read or written elsewhere, even with root's rights", async () => {
    await attack(ssh, join(base, "root"));
    const both = ["done", "folder is a link"];
    const seen = new Set<string | undefined>();
    // As root, without becoming the user: here only the way in which names are followed protects.
    const reads = repeatedly(
      () => {
        const bytes = readHomeFile(alice.home, ".ssh", "authorized_keys");
        seen.add(bytes && Buffer.from(bytes).toString());
      },
      ...both,
    );
    const write = () => replaceHomeFile(alice.home, ".ssh", "authorized_keys", Buffer.from("mine\n"));
    const writes = repeatedly(write, ...both);
    expect(await end()).toBe(true);
    expect([...seen].filter((text) => text !== undefined)).toEqual(["mine\n"]);
    for (const outcomes of [reads, writes]) {
      for (const outcome of both) expect(outcomes.get(outcome), outcome).toBeGreaterThanOrEqual(OFTEN);
    }
  });

  test("the file: only what is in the file itself is read", async () => {
    await attack(keys, secret);
    const seen = new Set<string | undefined>();
    const reads = repeatedly(
      () => {
        const bytes = readHomeFile(alice.home, ".ssh", "authorized_keys");
        seen.add(bytes && Buffer.from(bytes).toString());
      },
      "done",
      "file is a link",
    );
    expect(await end()).toBe(true);
    expect([...seen].filter((text) => text !== undefined)).toEqual(["mine\n"]);
    expect(reads.get("file is a link")).toBeGreaterThanOrEqual(OFTEN);
  });

  test("while the real process works", async () => {
    const elsewhere = join(base, "elsewhere");
    makeFolder(elsewhere); // which the user may write to, but is not asked to
    makeFile(join(elsewhere, "authorized_keys"), "elsewhere\n");
    await attack(ssh, elsewhere);
    for (let round = 0; round < 4; round++) {
      await files
        .replace(alice, ".ssh", "authorized_keys", Buffer.from("mine\n"))
        .catch((error) => expect(error).toMatchObject({ name: "OsError" }));
      const bytes = await files.read(alice, ".ssh", "authorized_keys").catch((error) => expect(error).toMatchObject({ name: "OsError" }));
      expect(Buffer.from(bytes ?? []).toString()).not.toBe("elsewhere\n");
    }
    expect(await end()).toBe(true);
    expect(readdirSync(elsewhere)).toEqual(["authorized_keys"]);
    expect(readFileSync(join(elsewhere, "authorized_keys"), "utf8")).toBe("elsewhere\n");
  });
});
