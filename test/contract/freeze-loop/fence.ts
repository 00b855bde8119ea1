/** The real freezer, for mount points of this test only: freezing anything else would make the machine stand still. */
import { join } from "node:path";
import { LinuxBlockDevices } from "../../../core/os/linux/block-devices.ts";
import { LinuxFreezeGuard } from "../../../core/os/linux/freeze-guard.ts";
import { LinuxFreezer } from "../../../core/os/linux/freezer.ts";
import { LinuxMounts } from "../../../core/os/linux/mounts.ts";
import {
  type AgentState,
  type FileSystemPath,
  type Freezer,
  type FreezeSettings,
  type OpenFileSystem,
  OsError,
} from "../../../core/plugin.ts";
import fsfreeze from "../../../plugins/fsfreeze/index.ts";
import { FakeFiles } from "../../unit/fake-files.ts";
import { commandsOf, FakeProcesses, type RecordedLog } from "../../unit/run-command.ts";

class FencedFreezer implements Freezer {
  readonly #freezer = new LinuxFreezer();
  readonly #directory: string;
  /** In their order. */
  readonly frozen: string[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  async open(path: FileSystemPath): Promise<OpenFileSystem> {
    const { mountPoint } = path;
    if (!mountPoint.startsWith(`${this.#directory}/`)) return new Untouchable(mountPoint);
    const fileSystem = await this.#freezer.open(path);
    const { frozen } = this;
    return {
      mountPoint,
      freeze: async () => {
        await fileSystem.freeze();
        frozen.push(mountPoint.slice(this.#directory.length));
      },
      thaw: () => fileSystem.thaw(),
      close: () => fileSystem.close(),
    };
  }

  stayInMemory(): () => void {
    return this.#freezer.stayInMemory();
  }
}

class Untouchable implements OpenFileSystem {
  readonly mountPoint: string;

  constructor(mountPoint: string) {
    this.mountPoint = mountPoint;
  }
  freeze(): Promise<void> {
    throw new Error(`${this.mountPoint} must not freeze`);
  }
  thaw(): Promise<void> {
    return Promise.reject(new OsError("EINVAL", 22, "Invalid argument", "thaw"));
  }
  close(): void {}
}

class FrozenFlag implements AgentState {
  frozen = false;
  freezing = false;
  readonly frozenMark: { mark: string; note: string };

  constructor(directory: string) {
    this.frozenMark = { mark: join(directory, "mark"), note: join(directory, "note") };
  }
  async enterFrozen(): Promise<void> {
    this.frozen = true;
  }
  async leaveFrozen(): Promise<void> {
    this.frozen = false;
  }
  async nextHandle(): Promise<number> {
    return 1000;
  }
}

const SETTINGS: FreezeSettings = {
  leaseMs: 20_000,
  withinMs: 20_000,
  eachWithinMs: 20_000,
  exclude: [],
  skipFailing: false,
  hookFolder: "/nowhere",
  hookWithinMs: 1000,
};

/** The plugin on this system, fenced in. @param directory that everything is mounted below. */
export function fencedPlugin(directory: string, log: RecordedLog) {
  const state = new FrozenFlag(directory);
  const freezer = new FencedFreezer(directory);
  const run = commandsOf(fsfreeze, {
    state,
    freezer,
    guard: new LinuxFreezeGuard([process.execPath, join(import.meta.dirname, "guard.ts")]),
    processes: new FakeProcesses(),
    files: new FakeFiles({}),
    mounts: new LinuxMounts(),
    devices: new LinuxBlockDevices(),
    settings: { fsfreezeHook: undefined, freeze: SETTINGS },
  });
  const freeze = (...mountpoints: string[]) => {
    if (mountpoints.length === 0 || !mountpoints.every((path) => path.startsWith(`${directory}/`))) {
      throw new Error("only with a list of this test's own mount points");
    }
    return run("guest-fsfreeze-freeze-list", { mountpoints }, { log });
  };
  return { state, freezer, freeze, thaw: () => run("guest-fsfreeze-thaw", {}, { log }) };
}
