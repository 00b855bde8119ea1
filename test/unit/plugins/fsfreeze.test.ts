/** Freezes that go well: their order, lease, guard, hooks and report. */
import { describe, expect, it } from "vitest";
import { OsError } from "../../../core/plugin.ts";
import type { Outcome } from "../run-command.ts";
import { ERRORS, QUIET, World } from "./fsfreeze-world.ts";

describe("freeze and thaw", () => {
  it("go in the interface's order", async () => {
    const world = new World({ hook: QUIET });
    expect(await world.command("status")).toBe("thawed");
    expect(await world.command("freeze")).toBe(3);
    expect(await world.command("status")).toBe("frozen");
    expect(world.events.splice(0)).toEqual(["hook freeze", "enter", "freeze /image", "freeze /data", "freeze /"]);
    expect(await world.command("thaw")).toBe(3);
    expect(await world.command("status")).toBe("thawed");
    expect(world.events).toEqual(["thaw /", "thaw /data", "thaw /image", "leave", "disarm", "hook thaw"]);
    expect(world.opened.size).toBe(0);
  });

  it("log nothing while frozen, also of what goes wrong", async () => {
    const world = new World({ failures: { "/data": ERRORS.EIO } });
    world.thaw = () => Promise.reject(ERRORS.EACCES);
    await world.command("freeze").catch(() => undefined);
    const [entered, left] = world.linesLogged;
    expect(left).toBe(entered);
    expect(world.log.lines.slice(left)).toContain("warning: /image could not be thawed: Permission denied");
  });

  it("do the same for a list of mount points; without one it is all", async () => {
    const world = new World();
    expect(await world.command("freeze-list", { mountpoints: ["/data"] })).toBe(1);
    expect(await world.command("thaw")).toBe(1);
    expect(world.events).toEqual(["enter", "freeze /data", "thaw /data", "leave", "disarm"]);
    expect(await world.command("freeze-list")).toBe(3);
  });

  it("of nothing leaves the state again, and a hook that was told of a freeze is told of its end", async () => {
    const world = new World({ hook: QUIET });
    expect(await world.command("freeze-list", { mountpoints: [] })).toBe(0);
    expect(world.events).toEqual(["hook freeze", "enter", "leave", "hook thaw"]);
  });

  it("take any mount point of a file system in the list", async () => {
    const world = new World();
    expect(await world.command("freeze-list", { mountpoints: ["/bind"] })).toBe(1);
    expect(world.events).toEqual(["enter", "freeze /"]);
  });

  it("leave out what the admin excludes", async () => {
    const world = new World({ settings: { exclude: ["/data"] } });
    expect(await world.command("freeze")).toBe(2);
    expect(world.events).toEqual(["enter", "freeze /image", "freeze /"]);
  });

  it.each(["EOPNOTSUPP", "EBUSY"] as const)("don't count a file system that answers %s", async (code) => {
    const world = new World({ failures: { "/data": ERRORS[code] } });
    expect(await world.command("freeze")).toBe(2);
    expect(world.frozen).toBe(true);
  });

  it("thaw what others froze, each as often as it is frozen, and count it once", async () => {
    const world = new World({ hook: QUIET });
    world.hold("/data", 3);
    expect(await world.command("thaw")).toBe(1);
    expect(world.events).toEqual(["thaw /data", "thaw /data", "thaw /data", "hook thaw"]);
    expect(await world.command("thaw")).toBe(0);
  });

  it("refuse a second freeze with the gate's words", async () => {
    const world = new World();
    const [first, second] = await Promise.allSettled([world.command("freeze"), world.command("freeze-list")]);
    expect(first).toMatchObject({ value: 3 });
    expect(second).toMatchObject({
      reason: {
        class: "CommandNotFound",
        message: "Command guest-fsfreeze-freeze-list has been disabled: the command is not allowed",
      },
    });
  });
});

describe("the hook", () => {
  it.each<[string, Outcome | undefined, string]>([
    ["prints and fails", { status: 1, signal: undefined, output: "no db\n" }, "child process has failed to execute fsfreeze hook: no db\n"],
    ["fails silently", 2, "child process has failed to execute fsfreeze hook: exit status 2"],
    ["is killed", { status: undefined, signal: "SIGKILL", output: "" }, "child process has terminated abnormally"],
    [
      "is missing",
      new OsError("ENOENT", 2, "No such file or directory", "exec"),
      "child process has failed to execute fsfreeze hook: failed to exec '/hook': No such file or directory\n",
    ],
  ])("that %s before a freeze stops it", async (_, outcome, message) => {
    const world = new World({ hook: { freeze: outcome ?? 0, thaw: 0 } });
    await expect(world.command("freeze")).rejects.toMatchObject({ code: "COMMAND_FAILED", message });
    // Who began may have something to undo.
    expect(world.events).toEqual(["hook freeze", "hook thaw"]);
  });

  it("that fails after a thaw is an error, and all is thawed", async () => {
    const world = new World({ hook: { freeze: 0, thaw: 1 } });
    await world.command("freeze");
    await expect(world.command("thaw")).rejects.toThrow("child process has failed to execute fsfreeze hook: exit status 1");
    expect(world.frozen).toBe(false);
    expect(world.events).toContain("thaw /");
  });

  it("runs after a thaw where nothing was frozen", async () => {
    const world = new World({ hook: QUIET });
    expect(await world.command("thaw")).toBe(0);
    expect(world.events).toEqual(["hook thaw"]);
  });
});

describe("the lease", () => {
  const settings = { leaseMs: 150 };

  it("thaws by itself, says so, and a thaw afterwards finds nothing to do", async () => {
    const world = new World({ settings, hook: QUIET });
    expect(await world.command("freeze")).toBe(3);
    await expect.poll(() => world.events.at(-1)).toBe("hook thaw");
    expect(world.frozen).toBe(false);
    expect(world.log.lines).toContainEqual(
      expect.stringMatching(/^warning: the file systems are thawed, because nobody did within the 0.15 s/),
    );
    expect(world.log.lines).toContainEqual(expect.stringMatching(/^message: thawed by the end of its lease: 3 file systems were frozen/));
    expect(await world.command("thaw")).toBe(0);
    expect(await world.command("status")).toBe("thawed");
  });

  it("doesn't outlive a thaw", async () => {
    const world = new World({ settings });
    await world.command("freeze");
    await world.command("thaw");
    const events = [...world.events];
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(world.events).toEqual(events);
  });

  it("is known to the guard, which waits a little longer", async () => {
    const world = new World({ settings: { leaseMs: 60_000 } });
    await world.command("freeze");
    expect(world.orders).toMatchObject({ withinMs: 65_000, mark: "/mark", note: "/note" });
    expect(world.orders?.fileSystems).toEqual([
      { mountPoint: "/image", device: "7:0" },
      { mountPoint: "/data", device: "8:2" },
      { mountPoint: "/", device: "8:1" },
    ]);
    await world.command("thaw");
  });
});

describe("the guard", () => {
  it("that can't be started is no reason not to freeze, and is missed aloud", async () => {
    const world = new World({ unguarded: "no memory" });
    expect(await world.command("freeze")).toBe(3);
    expect(await world.command("thaw")).toBe(3);
    expect(world.log.lines).toContain("warning: no memory");
    expect(world.log.lines).toContain("message: no memory");
  });
});

describe("hooks of a folder", () => {
  it("run by name before, the other way round after, behind the single one", async () => {
    const world = new World({ hook: QUIET, folder: { "20-b": 0, "10-a": 0, "30-c.bak": 0 } });
    await world.command("freeze");
    expect(world.events.splice(0).slice(0, 4)).toEqual(["hook freeze", "10-a freeze", "20-b freeze", "enter"]);
    await world.command("thaw");
    expect(world.events.slice(-3)).toEqual(["20-b thaw", "10-a thaw", "hook thaw"]);
  });

  it("that fails is named, nothing freezes, and all that were started are told that it is over", async () => {
    const world = new World({ folder: { a: 0, b: 3, c: 0 } });
    await expect(world.command("freeze")).rejects.toThrow(
      "the freeze hook /hooks.d/b failed to freeze: child process has failed to execute fsfreeze hook: exit status 3",
    );
    expect(world.events).toEqual(["a freeze", "b freeze", "b thaw", "a thaw"]);
  });

  it("have what they printed in the report", async () => {
    const world = new World({ folder: { a: { status: 0, signal: undefined, output: "flushed\nlocked\n" } } });
    await world.command("freeze");
    await world.command("thaw");
    expect(world.log.lines).toContainEqual(
      expect.stringMatching(/^message: hook \/hooks\.d\/a freeze: ran [\d.]+ s, and said: flushed \| locked$/),
    );
  });
});

describe("the report", () => {
  it("tells the order and how long each file system was frozen", async () => {
    const world = new World();
    await world.command("freeze");
    await world.command("thaw");
    const [line] = world.log.lines.filter((each) => each.startsWith("message: thawed by"));
    const time = "[\\d.]+ s after [\\d.]+ s of freezing";
    expect(line).toMatch(
      new RegExp(
        `^message: thawed by guest-fsfreeze-thaw: 3 file systems were frozen, /image \\(ext4\\) for ${time}, /data \\(xfs\\) for ${time}, / \\(ext4\\) for ${time}$`,
      ),
    );
  });
});
