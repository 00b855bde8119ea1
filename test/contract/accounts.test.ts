/** Passwords and keys of real users of a real system, in a mount namespace whose /etc is a copy; needs root. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const SCENARIO = join(import.meta.dirname, "accounts-scenario.ts");

interface Results {
  readonly passwords: {
    readonly plain: unknown;
    readonly binary: unknown;
    readonly hash: unknown;
    readonly unknown: string;
    readonly empty: string;
    readonly noProgram: string;
    readonly others: unknown;
  };
  readonly keys: { readonly first: unknown; readonly unknown: string; readonly missingHome: unknown };
  readonly groups: { readonly asMember: unknown; readonly asOther: string };
  readonly faults: { readonly full: unknown; readonly readOnly: unknown; readonly pinned: unknown; readonly afterwards: unknown };
  readonly lookups: { readonly wordy: number; readonly absurd: string };
}

describe.skipIf(process.getuid?.() !== 0)("only root may make a mount namespace", () => {
  const directory = mkdtempSync("/tmp/lodger-accounts-");
  const before = readFileSync("/etc/passwd", "utf8");
  let results: Results;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)("unshare", ["--mount", "--propagation", "private", process.execPath, SCENARIO, directory]);
    results = JSON.parse(stdout);
  }, 120_000);
  afterAll(() => {
    rmSync(directory, { recursive: true });
    expect(readFileSync("/etc/passwd", "utf8")).toBe(before);
  });

  test("a password is set, whatever its bytes, and a hash as it is; no other user's is touched", () => {
    const { plain, binary, hash, others } = results.passwords;
    expect({ plain, binary, hash, others }).toEqual({
      plain: [{}, true],
      binary: [{}, true],
      hash: [{}, "$6$abc$def"],
      others: [true, "!"],
    });
  });

  test("chpasswd's refusals are told, without the password", () => {
    const { unknown, empty, noProgram } = results.passwords;
    expect(unknown).toMatch(/^child process has failed to set user password: chpasswd: .*nosuch/);
    expect(unknown).not.toContain("hunter2");
    expect(empty).toMatch(/^child process has failed to set user password: /);
    expect(noProgram).toBe("child process has failed to set user password: failed to exec 'chpasswd': Permission denied\n");
  });

  test("keys come, are listed and go", () => {
    const missing = "Failed to open file “HOMES/missing/.ssh/authorized_keys”: No such file or directory";
    expect(results.keys).toEqual({
      first: [{}, { keys: ["b", "a"] }, {}, { keys: ["b"] }],
      unknown: "failed to lookup user 'nosuch': there is no such user",
      missingHome: [
        `failed to read 'HOMES/missing/.ssh/authorized_keys': ${missing}`,
        "failed to create directory 'HOMES/missing/.ssh': No such file or directory",
        {},
      ],
    });
  });

  test("the user's groups count, and nothing beyond", () => {
    expect(results.groups).toEqual({
      asMember: [{}, { keys: ["b"] }],
      asOther: "failed to read 'HOMES/bob/.ssh/authorized_keys': Failed to open file “HOMES/bob/.ssh/authorized_keys”: Permission denied",
    });
  });

  test("whatever keeps the file from being written leaves the old one, and nothing beside it", () => {
    const old = [["authorized_keys"], "old\n"];
    const error = (reason: string) => `failed to write to 'HOMES/carol/.ssh/authorized_keys': ${reason}`;
    expect(results.faults).toEqual({
      full: [error("No space left on device"), ...old],
      readOnly: [error("Read-only file system"), ...old],
      pinned: [error("Device or resource busy"), ...old],
      afterwards: [{}, ["authorized_keys"], "old\nnew\n"],
    });
  });

  test("entries of any size are found, up to a limit", () => {
    expect(results.lookups).toEqual({
      wordy: 61_004,
      absurd: "failed to lookup user 'absurd': Numerical result out of range",
    });
  });
});
