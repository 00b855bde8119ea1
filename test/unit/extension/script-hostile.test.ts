/** Scripts that misbehave, each with what the client reads and who is left alive. */
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CHANGED, failed, hang, RUNS } from "./hostile-scripts.ts";
import { ScriptFolder } from "./script-folder.ts";

let folder: ScriptFolder;
beforeEach(() => {
  folder = new ScriptFolder();
});
afterEach(() => {
  for (const pid of survivors()) process.kill(pid, "SIGKILL");
  folder.remove();
});

/** Processes with the folder's path among their arguments. */
function survivors(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(folder.path))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

describe("while it runs", () => {
  for (const [what, program, expected, left, more = ""] of RUNS) {
    test(what, async () => {
      folder.script("x", `#!/bin/sh\n${program}\n`, `timeout = 0.7\n${more}`);
      expect(await folder.outcome("x", more.includes("data") ? { data: Buffer.alloc(1024 * 1024) } : {})).toEqual(expected);
      await expect.poll(() => survivors().length).toBe(left);
      expect(folder.log.lines.length).toBeLessThan(110);
      expect(folder.log.lines.join().length).toBeLessThan(110 * 1100);
    });
  }

  test("who gives it up ends it, and the next one has its turn", async () => {
    folder.script(
      "x",
      `#!/bin/sh\nread -r line; case $line in *true*) ${hang};; esac\necho '{}'\n`,
      '[arguments.hang]\ntype = "boolean"\n',
    );
    const run = await folder.runner("x");
    const signal = new AbortController();
    const first = run({ hang: true }, signal.signal).catch((error: Error) => error.message);
    const second = run({ hang: false });
    await expect.poll(() => survivors().length).toBeGreaterThan(0);
    signal.abort();
    expect(await first).toBe(failed("it was given up, and ended"));
    expect(await second).toEqual({});
    expect(survivors()).toEqual([]);
    expect(folder.log.lines).toEqual([]);
  });

  test("given up before it began, it isn't started", async () => {
    folder.script("x", `#!/bin/sh\nexec ${hang}\n`);
    const run = await folder.runner("x");
    await expect(run({}, AbortSignal.abort())).rejects.toThrow(failed("it was given up, and ended"));
    expect(survivors()).toEqual([]);
  });
});

describe("when it is started the next time", () => {
  test.each(CHANGED)("%s", async (_, program, error) => {
    folder.script("x", `#!/bin/sh\n${program}\necho '{}'\nexit\n`);
    const run = await folder.runner("x");
    expect(await run()).toEqual({});
    const outcome = await run().catch((reason: Error) => reason.message.replaceAll(folder.path, "DIR"));
    expect(String(outcome).slice(0, failed(error).length)).toBe(failed(error));
    expect(folder.log.lines.at(-1)?.replaceAll(folder.path, "DIR")).toContain(`warning: guest-x: ${error}`);
  });
});
