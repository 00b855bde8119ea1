/** A world in which everything that the freeze asks of the system is recorded, and fails as told. */
import {
  type AgentState,
  type ArmedGuard,
  type BlockTable,
  type FileSystemPath,
  type FreezeGuard,
  type Freezer,
  type FreezeSettings,
  type GuardOrders,
  type Mount,
  type OpenFileSystem,
  OsError,
} from "../../../core/plugin.ts";
import fsfreeze from "../../../plugins/fsfreeze/index.ts";
import { FakeFiles } from "../fake-files.ts";
import { commandsOf, FakeProcesses, type Outcome, RecordedLog } from "../run-command.ts";

let nextId = 1;

function mount(mountPoint: string, device: string, type = "ext4"): Mount {
  const [major = 0, minor = 0] = device.split(":").map(Number);
  return { id: nextId++, parent: 1, major, minor, root: "/", mountPoint, type, source: "none" };
}

const ROOT = mount("/", "8:1");
export const DATA = mount("/data", "8:2", "xfs");
const IMAGE = mount("/image", "7:0");
export const TABLE = [mount("/proc", "0:4", "proc"), ROOT, mount("/run", "0:5", "tmpfs"), DATA, mount("/bind", "8:1"), IMAGE];
const DEVICES: BlockTable = { devices: [{ device: "7:0", name: "loop0", liesOn: [], backingFile: "/data/image" }], btrfs: [] };

export const ERRORS = {
  EINVAL: new OsError("EINVAL", 22, "Invalid argument", "thaw"),
  EBUSY: new OsError("EBUSY", 16, "Device or resource busy", "freeze"),
  EOPNOTSUPP: new OsError("EOPNOTSUPP", 95, "Operation not supported", "freeze"),
  EIO: new OsError("EIO", 5, "Input/output error", "freeze"),
  EACCES: new OsError("EACCES", 13, "Permission denied", "open"),
};

const SETTINGS: FreezeSettings = {
  leaseMs: undefined,
  withinMs: 10_000,
  eachWithinMs: 10_000,
  exclude: [],
  skipFailing: false,
  hookFolder: "/hooks.d",
  hookWithinMs: 10_000,
};

type Failures = Readonly<Record<string, OsError | (() => Promise<void>)>>;

interface Given {
  readonly failures?: Failures;
  readonly hook?: Record<"freeze" | "thaw", Outcome>;
  /** Names and outcomes of hooks in the folder. */
  readonly folder?: Readonly<Record<string, Outcome>>;
  readonly settings?: Partial<FreezeSettings>;
  readonly unguarded?: string;
}

/** Everything that happens, in order: "hook freeze", "guard", "enter", "freeze /data", "thaw /data", "leave". */
export class World implements Freezer, FreezeGuard, AgentState {
  readonly events: string[] = [];
  readonly log = new RecordedLog();
  /** At each change of the state. */
  readonly linesLogged: number[] = [];
  readonly processes: FakeProcesses;
  readonly frozenMark = { mark: "/mark", note: "/note" };
  readonly opened = new Set<OpenFileSystem>();
  orders: GuardOrders | undefined;
  mounts: readonly Mount[] | OsError = TABLE;
  frozen = false;
  freezing = false;
  /** By mount point, what the next freeze of it does instead. */
  readonly #failures: Failures;
  readonly #unguarded: string | undefined;
  readonly #held = new Map<string, number>();
  readonly #run: ReturnType<typeof commandsOf>;

  constructor({ failures = {}, hook, folder = {}, settings = {}, unguarded }: Given = {}) {
    this.#failures = failures;
    this.#unguarded = unguarded;
    const inFolder = Object.entries(folder).flatMap(([name, outcome]) => [
      [`/hooks.d/${name} freeze`, outcome] as const,
      [`/hooks.d/${name} thaw`, 0] as const,
    ]);
    const single =
      hook === undefined
        ? []
        : ([
            ["/hook freeze", hook.freeze],
            ["/hook thaw", hook.thaw],
          ] as const);
    this.processes = new FakeProcesses(Object.fromEntries([...single, ...inFolder]));
    const { processes, events } = this;
    this.#run = commandsOf(fsfreeze, {
      state: this,
      freezer: this,
      guard: this,
      settings: { fsfreezeHook: hook === undefined ? undefined : "/hook", freeze: { ...SETTINGS, ...settings } },
      mounts: {
        list: async () => {
          if (this.mounts instanceof OsError) throw this.mounts;
          return this.mounts;
        },
      },
      devices: { table: async () => DEVICES },
      files: new FakeFiles(Object.fromEntries(Object.keys(folder).map((name) => [`/hooks.d/${name}`, "#!"]))),
      processes: {
        isExecutable: processes.isExecutable,
        run: (...args: Parameters<FakeProcesses["run"]>) => {
          const name = args[0] === "/hook" ? "hook" : args[0].replace("/hooks.d/", "");
          events.push(`${name} ${args[1].join(" ")}`);
          return processes.run(...args);
        },
      },
    });
  }

  command(name: string, args: object = {}, signal = new AbortController().signal): Promise<unknown> {
    return this.#run(`guest-fsfreeze-${name}`, args, { signal, log: this.log });
  }

  async open({ mountPoint }: FileSystemPath): Promise<OpenFileSystem> {
    const failure = this.#failures[mountPoint];
    if (failure instanceof OsError && failure.call === "open") throw failure;
    const opened: OpenFileSystem = {
      mountPoint,
      freeze: () => this.freeze(mountPoint),
      thaw: () => this.thaw(mountPoint),
      close: () => void this.opened.delete(opened),
    };
    this.opened.add(opened);
    return opened;
  }

  stayInMemory(): () => void {
    return () => undefined;
  }

  async arm(orders: GuardOrders): Promise<ArmedGuard> {
    if (this.#unguarded !== undefined) throw new Error(this.#unguarded);
    this.orders = orders;
    return {
      disarm: async () => {
        this.events.push("disarm");
        return undefined;
      },
    };
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

  isHeld(mountPoint: string): boolean {
    return (this.#held.get(mountPoint) ?? 0) > 0;
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

export const QUIET = { freeze: 0, thaw: 0 };
