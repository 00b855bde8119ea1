/** `lodger freeze --dry-run`, on this machine: nothing is frozen by it. */
import "reflect-metadata";
import { describe, expect, it } from "vitest";
import { parseFreeze, shownFreeze } from "../../../core/cli/freeze.ts";
import { StartError } from "../../../core/config/start-error.ts";
import { systemContainer } from "../../../core/container.ts";
import fsfreeze from "../../../plugins/fsfreeze/index.ts";

function shown(...args: string[]): Promise<string> {
  const environment = { container: systemContainer(), plugins: [fsfreeze], bundled: [], transports: [], generated: {} };
  const defaultPaths = new Map([["virtio-serial", "/port"]]);
  const readFile = () => Buffer.from("");
  return shownFreeze({ program: "lodger", args, environment: {}, defaultPaths, readFile, agent: environment, write: () => undefined });
}

describe("lodger freeze", () => {
  it("wants to hear that nothing shall freeze", () => {
    expect(() => parseFreeze([])).toThrow(StartError);
    expect(() => parseFreeze(["--all"])).toThrow("lodger freeze only shows what would freeze: add --dry-run");
  });

  it("keeps the agent's options apart", () => {
    expect(parseFreeze(["--dry-run", "--freeze-exclude=/a", "--all"])).toEqual({
      all: true,
      json: false,
      options: ["--freeze-exclude=/a"],
    });
  });

  it("prints the plan as a table, or as JSON", async () => {
    const text = await shown("--dry-run");
    expect(text).toMatch(/would freeze/);
    expect(text).toMatch(/\/proc \(proc\)/);
    const plan = JSON.parse(await shown("--dry-run", "--json")) as {
      freeze: object[];
      "left-out": { mountpoint: string; reason: string }[];
    };
    expect(plan["left-out"].map(({ mountpoint }) => mountpoint)).toContain("/proc");
  });

  it("takes the admin's exclusions as the agent would", async () => {
    const plan = JSON.parse(await shown("--dry-run", "--json", "--freeze-exclude=/**,/")) as {
      freeze: object[];
      "left-out": { reason: string }[];
    };
    expect(plan.freeze).toEqual([]);
    expect(plan["left-out"].some(({ reason }) => reason.startsWith("excluded by the admin"))).toBe(true);
  });

  it("names an option that it doesn't know", async () => {
    await expect(shown("--dry-run", "--freeze-lease=soon")).rejects.toThrow("--freeze-lease: 'soon' is no number of seconds");
    await expect(shown("--dry-run", "--nonsense")).rejects.toThrow("unrecognized option '--nonsense'");
  });

  it("has a help with every option and its default", async () => {
    const text = await shown("--help");
    for (const name of ["lease", "timeout", "mount-timeout", "exclude", "skip-failing", "hooks", "hook-timeout"]) {
      expect(text).toContain(`--freeze-${name}`);
    }
    expect(text.split("\n").every((line) => line.length <= 110)).toBe(true);
  });
});
