/** Freezes that fail, hang or are given up. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { OsError } from "../../../core/plugin.ts";
import { ERRORS, QUIET, World } from "./fsfreeze-world.ts";

afterEach(() => void vi.useRealTimers());

describe("a file system that fails", () => {
  const froze = ["hook freeze", "enter", "freeze /image", "freeze /data", "thaw /image", "leave", "disarm", "hook thaw"];
  it.each([
    ["EIO", "failed to freeze /data: Input/output error", froze],
    // All are opened before the first is frozen.
    ["EACCES", "failed to open /data: Permission denied", ["hook freeze", "hook thaw"]],
  ] as const)("with %s thaws everything", async (code, message, events) => {
    const world = new World({ failures: { "/data": ERRORS[code] }, hook: QUIET });
    await expect(world.command("freeze")).rejects.toMatchObject({ code: "COMMAND_FAILED", message });
    expect(world.events).toEqual(events);
    expect(world.frozen).toBe(false);
    expect(world.opened.size).toBe(0);
  });

  it.each(["EIO", "EACCES"] as const)("with %s is left out and reported, if the admin wants it so", async (code) => {
    const world = new World({ failures: { "/data": ERRORS[code] }, settings: { skipFailing: true } });
    expect(await world.command("freeze")).toBe(2);
    expect(await world.command("thaw")).toBe(2);
    const [line] = world.log.lines.filter((each) => each.includes("left out of the freeze"));
    expect(line).toMatch(/^message: \/data was left out of the freeze: failed to (?:freeze|open) \/data: /);
  });

  it("by taking too long is named, the others thaw at once, and it does when it is done", async () => {
    const slow = Promise.withResolvers<void>();
    const world = new World({ failures: { "/data": () => slow.promise }, settings: { eachWithinMs: 20 } });
    await expect(world.command("freeze")).rejects.toThrow("failed to freeze /data: it takes too long");
    expect(world.events).toEqual(["enter", "freeze /image", "freeze /data", "thaw /image", "leave"]);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const again = expect(world.command("freeze")).rejects.toThrow("an earlier freeze still hangs in the kernel: /data");
    await vi.advanceTimersByTimeAsync(2000);
    await again;
    vi.useRealTimers();
    slow.resolve();
    await expect.poll(() => world.events.slice(5)).toEqual(["thaw /data", "disarm"]);
    expect(world.opened.size).toBe(0);
    expect(world.isHeld("/data")).toBe(false);
  });

  it("by taking too long keeps no thaw waiting that comes later", async () => {
    const slow = Promise.withResolvers<void>();
    const world = new World({ failures: { "/data": () => slow.promise }, settings: { eachWithinMs: 20 } });
    await expect(world.command("freeze")).rejects.toThrow("takes too long");
    const thaw = world.thaw.bind(world);
    // As the kernel has it: a thaw waits for the freeze.
    world.thaw = (mountPoint) => (mountPoint === "/data" ? slow.promise.then(() => thaw(mountPoint)) : thaw(mountPoint));
    expect(await world.command("thaw")).toBe(0);
    const again = world.command("freeze");
    slow.resolve();
    expect(await again).toBe(3);
  });

  it("has its whole time, however long hooks took before", async () => {
    const world = new World({ hook: QUIET, settings: { withinMs: 500 } });
    const run = world.processes.run.bind(world.processes);
    world.processes.run = async (...args) => {
      await new Promise((resolve) => setTimeout(resolve, 550));
      return run(...args);
    };
    expect(await world.command("freeze")).toBe(3);
  });

  it("ends the freeze when all together take too long, skipping or not", async () => {
    const world = new World({ failures: { "/data": () => new Promise(() => undefined) }, settings: { withinMs: 20, skipFailing: true } });
    await expect(world.command("freeze")).rejects.toThrow("failed to freeze /data: it takes too long");
    expect(world.isHeld("/image")).toBe(false);
  });

  it("ends the freeze when all together take too long by a timer that comes early", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const world = new World({ failures: { "/data": () => new Promise(() => undefined) }, settings: { withinMs: 5000, skipFailing: true } });
    const freezing = expect(world.command("freeze")).rejects.toThrow("failed to freeze /data: it takes too long");
    await expect.poll(() => world.events).toContain("freeze /data");
    await vi.advanceTimersByTimeAsync(5000);
    await freezing;
  });

  it("is named even if the thaw hook fails, too", async () => {
    const world = new World({ failures: { "/data": ERRORS.EIO }, hook: { freeze: 0, thaw: 7 } });
    await expect(world.command("freeze")).rejects.toThrow("failed to freeze /data: Input/output error");
    expect(world.log.lines).toContain("warning: child process has failed to execute fsfreeze hook: exit status 7");
  });

  it("by hanging while it thaws keeps none of the others frozen", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const world = new World();
    await world.command("freeze");
    const slow = Promise.withResolvers<void>();
    const thaw = world.thaw.bind(world);
    world.thaw = (mountPoint) => (mountPoint === "/" ? slow.promise.then(() => thaw(mountPoint)) : thaw(mountPoint));
    const thawing = world.command("thaw");
    await vi.advanceTimersByTimeAsync(1000);
    await expect.poll(() => [world.isHeld("/data"), world.isHeld("/image")]).toEqual([false, false]);
    slow.resolve();
    expect(await thawing).toBe(3);
  });

  it("and isn't the agent's own keeps a thaw waiting for seconds only", async () => {
    const world = new World({ settings: { exclude: ["/data"] } });
    await world.command("freeze");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    world.open = () => new Promise(() => undefined);
    const thawing = world.command("thaw");
    await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(3000);
    expect(await thawing).toBe(2);
    expect(world.frozen).toBe(false);
    expect(world.log.lines).toContain("warning: /data could not be thawed: it doesn't answer within 3 s");
  });

  it("while thawing keeps none of the others frozen", async () => {
    const world = new World();
    await world.command("freeze");
    const thaw = world.thaw.bind(world);
    world.thaw = (mountPoint) => (mountPoint === "/data" ? Promise.reject(ERRORS.EACCES) : thaw(mountPoint));
    expect(await world.command("thaw")).toBe(2);
    expect(world.frozen).toBe(false);
    expect(world.log.lines).toContain("warning: /data could not be thawed: Permission denied");
  });
});

describe("a thaw by somebody else", () => {
  it("is not counted as the agent's, and told: the backup may be worth nothing", async () => {
    const world = new World();
    await world.command("freeze");
    await world.thaw("/data");
    expect(await world.command("thaw")).toBe(2);
    expect(world.log.lines).toContain("warning: /data was no longer frozen: what was copied of it meanwhile may not be consistent");
    await world.command("freeze");
    await world.command("thaw");
    expect(world.log.lines.filter((line) => line.includes("no longer frozen"))).toHaveLength(1);
  });
});

describe("a list of mounts that can't be read", () => {
  const unreadable = new OsError("EMFILE", 24, "Too many open files", "open");

  it("stops a freeze before it begins, and the hook is told", async () => {
    const world = new World({ hook: QUIET });
    world.mounts = unreadable;
    await expect(world.command("freeze")).rejects.toThrow("Too many open files");
    expect(world.events).toEqual(["hook freeze", "hook thaw"]);
  });

  it("doesn't keep a thaw from what was frozen", async () => {
    const world = new World();
    await world.command("freeze");
    world.mounts = unreadable;
    expect(await world.command("thaw")).toBe(3);
    expect(world.frozen).toBe(false);
  });
});

describe("a client that goes away", () => {
  it("before the freeze leaves everything as it is", async () => {
    const world = new World({ hook: QUIET });
    await expect(world.command("freeze", {}, AbortSignal.abort())).rejects.toThrow("given up");
    expect(world.events).toEqual([]);
  });

  it("during the hook stops it, and it is told that the freeze is off", async () => {
    const client = new AbortController();
    const world = new World({ hook: { freeze: { status: undefined, signal: "SIGKILL", output: "" }, thaw: 0 } });
    const { run } = world.processes;
    world.processes.run = (program, args, options) => {
      if (args[0] === "freeze") client.abort();
      expect(options?.signal?.aborted).toBe(args[0] === "freeze" ? true : undefined);
      return run.call(world.processes, program, args, options);
    };
    await expect(world.command("freeze", {}, client.signal)).rejects.toThrow("given up");
    expect(world.events).toEqual(["hook freeze", "hook thaw"]);
  });

  it("between two file systems thaws the first", async () => {
    const client = new AbortController();
    const world = new World({ failures: { "/image": async () => client.abort() }, hook: QUIET });
    await expect(world.command("freeze", {}, client.signal)).rejects.toThrow("the freeze was given up, and everything is thawed");
    expect(world.events).toEqual(["hook freeze", "enter", "freeze /image", "thaw /image", "leave", "disarm", "hook thaw"]);
  });

  it("during a long freeze has the others thawed at once, and this one when it ends", async () => {
    const client = new AbortController();
    const slow = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const world = new World({
      failures: {
        "/data": async () => {
          begun.resolve();
          await slow.promise;
        },
      },
    });
    const freeze = world.command("freeze", {}, client.signal);
    await begun.promise;
    client.abort();
    await expect(freeze).rejects.toThrow("given up");
    expect(world.events).toEqual(["enter", "freeze /image", "freeze /data", "thaw /image", "leave"]);
    expect(world.frozen).toBe(false);
    slow.resolve();
    await expect.poll(() => world.events.slice(5)).toEqual(["thaw /data", "disarm"]);
  });

  it("is what another client's thaw makes of a freeze under way", async () => {
    const slow = Promise.withResolvers<void>();
    const world = new World({ failures: { "/data": () => slow.promise } });
    const freeze = world.command("freeze");
    await new Promise(setImmediate);
    const thaw = world.command("thaw");
    slow.resolve();
    await expect(freeze).rejects.toThrow("given up");
    await thaw;
    expect(world.frozen).toBe(false);
    await expect.poll(() => world.isHeld("/data")).toBe(false);
    expect(await world.command("freeze")).toBe(3);
  });
});
