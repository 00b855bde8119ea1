/** The options around a freeze: on the command line, in the file, printed again. */
import { describe, expect, it } from "vitest";
import { NO_ADMIN_CONFIG } from "../../../core/config/admin-config.ts";
import { dumpSettings } from "../../../core/config/dump.ts";
import { parseStart } from "../../../core/config/start.ts";
import { StartError } from "../../../core/config/start-error.ts";

function settings(args: readonly string[], config = "") {
  const start = parseStart({
    program: "lodger",
    args: ["-D", ...args],
    environment: {},
    admin: NO_ADMIN_CONFIG,
    defaultPaths: new Map([["virtio-serial", "/port"]]),
    readFile: () => Buffer.from(config),
  });
  if (start.action !== "dump") throw new Error(start.action);
  return start.settings;
}

const DEFAULTS = {
  leaseMs: 600_000,
  withinMs: 600_000,
  eachWithinMs: 300_000,
  exclude: [],
  skipFailing: false,
  hookFolder: "/etc/lodger/freeze-hooks.d",
  hookWithinMs: 60_000,
};

const OTHERS = ["--freeze-lease=0", "--freeze-timeout=5", "--freeze-mount-timeout=4", "--freeze-exclude=/a,/b/*", "--freeze-skip-failing"];

describe("the options around a freeze", () => {
  it("have defaults that end a freeze by themselves", () => expect(settings([]).freeze).toEqual(DEFAULTS));

  it("are taken from the command line and from the file, and printed where they say something else", () => {
    const expected = {
      leaseMs: undefined,
      withinMs: 5000,
      eachWithinMs: 4000,
      exclude: ["/a", "/b/*"],
      skipFailing: true,
      hookFolder: "/h",
      hookWithinMs: 7000,
    };
    const given = settings([...OTHERS, "--freeze-hooks=/h", "--freeze-hook-timeout", "7"]);
    expect(given.freeze).toEqual(expected);
    const text = dumpSettings(given);
    expect(text).toContain("freeze-lease=0\nfreeze-timeout=5\nfreeze-mount-timeout=4\nfreeze-exclude=/a,/b/*\nfreeze-skip-failing=true\n");
    expect(settings([], text).freeze).toEqual(expected);
    expect(dumpSettings(settings([]))).not.toContain("freeze-");
  });

  it.each(["", "-1", "1.5", "ten", "2000001", "1e3", " 5"])("refuse %j as a number of seconds, and say what to write", (text) => {
    const message = `--freeze-lease: '${text}' is no number of seconds: write one from 0 to 2000000`;
    expect(() => settings([`--freeze-lease=${text}`])).toThrow(new StartError(message));
  });

  it("refuse a time limit of nothing", () => {
    for (const name of ["timeout", "mount-timeout", "hook-timeout"]) {
      expect(() => settings([`--freeze-${name}=0`])).toThrow(`--freeze-${name}: '0' is no number of seconds: write one from 1 to 2000000`);
    }
  });
});
