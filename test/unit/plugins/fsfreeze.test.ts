import { describe, expect, it } from "vitest";
import { type AgentState, type Freezer, type Mount, OsError } from "../../../core/plugin.ts";
import fsfreeze from "../../../plugins/fsfreeze/index.ts";
import { plan } from "../../../plugins/fsfreeze/plan.ts";
import { commandsOf, FakeProcesses, type Outcome, RecordedLog } from "../run-command.ts";

let nextId = 1;

function mount(mountPoint: string, device: string, type = "ext4"): Mount {
  const [major = 0, minor = 0] = device.split(":").map(Number);
  return { id: nextId++, parent: 1, major, minor, root: "/", mountPoint, type, source: "none" };
}

const ROOT = mount("/", "8:1");
const DATA = mount("/data", "8:2", "xfs");
const IMAGE = mount("/image", "7:0");
const TABLE = [mount("/proc", "0:4", "proc"), ROOT, mount("/run", "0:5", "tmpfs"), DATA, mount("/bind", "8:1"), IMAGE];

const ERRORS = {
  EINVAL: new OsError("EINVAL", 22, "Invalid argument", "thaw"),
  EBUSY: new OsError("EBUSY", 16, "Device or resource busy", "freeze"),
  EOPNOTSUPP: new OsError("EOPNOTSUPP", 95, "Operation not supported", "freeze"),
  EIO: new OsError("EIO", 5, "Input/output error", "freeze"),
  EACCES: new OsError("EACCES", 13, "Permission denied", "open"),
};

type Failures = Readonly<Record<string, OsError | (() => Promise<void>)>>;

/** Everything that happens, in order: "hook freeze", "enter", "freeze /data", "thaw /data", "leave". */
class World implements Freezer, AgentState {
  readonly events: string[] = [];
  readonly log = new RecordedLog();
  /** At each change of the state. */
  readonly linesLogged: number[] = [];
  readonly processes: FakeProcesses;
  mounts: readonly Mount[] | OsError = TABLE;
  frozen = false;
  /** By mount point, what the next freeze of it does instead. */
  readonly #failures: Failures;
  readonly #held = new Map<string, number>();
  readonly #run: ReturnType<typeof commandsOf>;

  constructor({ failures = {}, hook }: { failures?: Failures; hook?: Record<"freeze" | "thaw", Outcome> } = {}) {
    this.#failures = failures;
    this.processes = new FakeProcesses(hook === undefined ? {} : { "/hook freeze": hook.freeze, "/hook thaw": hook.thaw });
    const { processes, events } = this;
    this.#run = commandsOf(fsfreeze, {
      state: this,
      freezer: this,
      settings: { fsfreezeHook: hook === undefined ? undefined : "/hook" },
      mounts: {
        list: async () => {
          if (this.mounts instanceof OsError) throw this.mounts;
          return this.mounts;
        },
      },
      processes: {
        isExecutable: processes.isExecutable,
        run: (...args: Parameters<FakeProcesses["run"]>) => {
          events.push(`hook ${args[1].join(" ")}`);
          return processes.run(...args);
        },
      },
    });
  }

  command(name: string, args: object = {}, signal = new AbortController().signal): Promise<unknown> {
    return this.#run(`guest-fsfreeze-${name}`, args, { signal, log: this.log });
  }

  async freeze(mountPoint: string): Promise<void> {
    this.events.push(`freeze ${mountPoint}`);
    const failure = this.#failures[mountPoint];
    if (failure instanceof OsError) throw failure;
    await failure?.();
    this.hold(mountPoint);
  }

  async thaw(mountPoint: string): Promise<void> {
    const held = this.#held.get(mountPoint) ?? 0;
    if (held === 0) throw ERRORS.EINVAL;
    this.events.push(`thaw ${mountPoint}`);
    this.#held.set(mountPoint, held - 1);
  }

  /** As if someone froze it. */
  hold(mountPoint: string, times = 1): void {
    this.#held.set(mountPoint, (this.#held.get(mountPoint) ?? 0) + times);
  }

  async enterFrozen(): Promise<void> {
    this.events.push("enter");
    this.linesLogged.push(this.log.lines.length);
    this.frozen = true;
  }

  async leaveFrozen(): Promise<void> {
    this.events.push("leave");
    this.linesLogged.push(this.log.lines.length);
    this.frozen = false;
  }

  async nextHandle(): Promise<number> {
    return 1000;
  }
}

const QUIET = { freeze: 0, thaw: 0 };

describe("the plan", () => {
  it("freezes in reverse order of mounting and thaws forward, and says what it leaves out", () => {
    const { freeze, thaw, leftOut } = plan(TABLE);
    expect(freeze).toEqual([IMAGE, DATA, ROOT]);
    expect(thaw).toEqual([ROOT, DATA, IMAGE]);
    expect(leftOut.map(({ mount: { mountPoint }, reason }) => `${mountPoint} ${reason}`)).toEqual([
      "/proc is on no block device",
      "/run is on no block device",
      "/bind is the file system of /",
    ]);
  });

  it.each([
    [["/data"], ["/data"]],
    [
      ["/data", "/", "/nowhere"],
      ["/data", "/"],
    ],
    [["/bind"], []],
    [["/data/"], []],
    [["/run"], []],
    [[], []],
  ])("with the list %j freezes %j", (only, mountPoints) => {
    expect(plan(TABLE, only).freeze.map(({ mountPoint }) => mountPoint)).toEqual(mountPoints);
  });

  it("of nothing is nothing", () => expect(plan([])).toEqual({ freeze: [], thaw: [], leftOut: [] }));
});

describe("freeze and thaw", () => {
  it("go in the interface's order", async () => {
    const world = new World({ hook: QUIET });
    expect(await world.command("status")).toBe("thawed");
    expect(await world.command("freeze")).toBe(3);
    expect(await world.command("status")).toBe("frozen");
    expect(world.events.splice(0)).toEqual(["hook freeze", "enter", "freeze /image", "freeze /data", "freeze /"]);
    expect(await world.command("thaw")).toBe(3);
    expect(await world.command("status")).toBe("thawed");
    expect(world.events).toEqual(["thaw /", "thaw /data", "thaw /image", "leave", "hook thaw"]);
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
    expect(world.events).toEqual(["enter", "freeze /data", "thaw /data", "leave"]);
    expect(await world.command("freeze-list")).toBe(3);
  });

  it("of nothing leaves the state again, without the thaw hook", async () => {
    const world = new World({ hook: QUIET });
    expect(await world.command("freeze-list", { mountpoints: [] })).toBe(0);
    expect(world.events).toEqual(["hook freeze", "enter", "leave"]);
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

describe("a file system that fails", () => {
  it.each([
    ["EIO", "failed to freeze /data: Input/output error"],
    ["EACCES", "failed to open /data: Permission denied"],
  ] as const)("with %s thaws everything", async (code, message) => {
    const world = new World({ failures: { "/data": ERRORS[code] }, hook: QUIET });
    await expect(world.command("freeze")).rejects.toMatchObject({ code: "COMMAND_FAILED", message });
    expect(world.events).toEqual(["hook freeze", "enter", "freeze /image", "freeze /data", "thaw /image", "leave", "hook thaw"]);
    expect(world.frozen).toBe(false);
  });

  it("is named even if the thaw hook fails, too", async () => {
    const world = new World({ failures: { "/data": ERRORS.EIO }, hook: { freeze: 0, thaw: 7 } });
    await expect(world.command("freeze")).rejects.toThrow("failed to freeze /data: Input/output error");
    expect(world.log.lines).toContain("warning: child process has failed to execute fsfreeze hook: exit status 7");
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
    expect(world.events).toEqual(["hook freeze"]);
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
    expect(world.events).toEqual(["hook freeze", "enter", "freeze /image", "thaw /image", "leave", "hook thaw"]);
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
    await new Promise(setImmediate);
    expect(world.events).toEqual(["enter", "freeze /image", "freeze /data", "thaw /image"]);
    expect(world.frozen).toBe(true);
    slow.resolve();
    await expect(freeze).rejects.toThrow("given up");
    expect(world.events.slice(4)).toEqual(["thaw /data", "leave"]);
    expect(world.frozen).toBe(false);
  });

  it("is what another client's thaw makes of a freeze under way", async () => {
    const slow = Promise.withResolvers<void>();
    const world = new World({ failures: { "/data": () => slow.promise } });
    const freeze = world.command("freeze");
    await new Promise(setImmediate);
    const thaw = world.command("thaw");
    slow.resolve();
    await expect(freeze).rejects.toThrow("given up");
    expect(await thaw).toBe(0);
    expect(world.frozen).toBe(false);
    expect(await world.command("freeze")).toBe(3);
  });
});
