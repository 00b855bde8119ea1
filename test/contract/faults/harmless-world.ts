/**
 * An operating system for the agent on which no command does harm: it reads this machine and starts its programs, but nothing outside of a
 * folder is written, frozen, trimmed, set or ended.
 */
import { constants } from "node:fs";
import { LinuxBlockDevices } from "../../../core/os/linux/block-devices.ts";
import { LinuxChildProcesses } from "../../../core/os/linux/child-processes.ts";
import { LinuxFiles } from "../../../core/os/linux/files.ts";
import { LinuxNetworkInterfaces } from "../../../core/os/linux/interfaces.ts";
import { LinuxStorage } from "../../../core/os/linux/storage.ts";
import { LinuxSystemInformation } from "../../../core/os/linux/system-information.ts";
import {
  type Account,
  Accounts,
  BlockDevices,
  ChildProcesses,
  Clock,
  type Confinement,
  Files,
  FreezeGuard,
  Freezer,
  HomeFiles,
  type Mount,
  Mounts,
  NetworkInterfaces,
  OsError,
  PowerControl,
  Processes,
  type ProcessResult,
  Storage,
  SystemInformation,
  type Token,
} from "../../../core/plugin.ts";

/** A port by its name in what is told, its token, and what stands behind it. */
export type Port = readonly [name: string, token: Token<unknown>, port: object];

class FilesOfFolder extends LinuxFiles {
  readonly #folder: string;

  constructor(folder: string) {
    super();
    this.#folder = folder;
  }

  override async open(path: string, flags: number, mode?: number): Promise<number> {
    this.#check(path, flags);
    return super.open(path, flags, mode);
  }

  override async openConfined(path: string, flags: number, mode: number, confinement: Confinement): Promise<number> {
    this.#check(path, flags);
    return super.openConfined(path, flags, mode, confinement);
  }

  /** What is written this way are switches of the kernel. */
  override async writeText(): Promise<void> {}

  #check(path: string, flags: number): void {
    const writes = (flags & (constants.O_WRONLY | constants.O_RDWR | constants.O_CREAT)) !== 0;
    if (writes && !path.startsWith(`${this.#folder}/`)) throw new Error(`the test would write to ${path}`);
  }
}

class StorageWithoutTrim extends LinuxStorage {
  override async trim() {
    return { trimmed: 1n, minimum: 0n };
  }
}

const ENDED: ProcessResult = { status: 0, signal: undefined, output: "" };

/** The users' files in memory: the folder of keys of one. */
export class Homes {
  content: Uint8Array = Buffer.from("ssh-ed25519 AAAA before\n");

  async read(): Promise<Uint8Array> {
    return this.content;
  }

  async replace(_account: Account, _folder: string, _name: string, content: Uint8Array): Promise<void> {
    this.content = Buffer.from(content);
  }
}

export function harmlessPorts(folder: string): { readonly ports: readonly Port[]; readonly homes: Homes } {
  const homes = new Homes();
  const mount: Mount = { id: 9, parent: 1, major: 250, minor: 1, root: "/", mountPoint: folder, type: "ext4", source: "/dev/none" };
  let frozen = false;
  const fileSystem = {
    mountPoint: folder,
    freeze: async () => {
      frozen = true;
    },
    thaw: async () => {
      if (!frozen) throw new OsError("EINVAL", 22, "Invalid argument", "thaw");
      frozen = false;
    },
    close: () => undefined,
  };
  const processes = { run: async () => ENDED, isExecutable: async () => true };
  const accounts = {
    find: async (name: string): Promise<Account> => ({ name, uid: 1000, gid: 1000, home: folder }),
    sessions: async () => [{ user: "ada", loginTime: 1 }],
    setPassword: async () => undefined,
  };
  const clock = { now: () => 1n, set: () => undefined, synchronize: async () => undefined };
  const ports: Port[] = [
    ["files", Files, new FilesOfFolder(folder)],
    ["processes", Processes, processes],
    ["mounts", Mounts, { list: async () => [mount] }],
    ["block devices", BlockDevices, new LinuxBlockDevices()],
    ["freezer", Freezer, { open: async () => fileSystem, stayInMemory: () => () => undefined }],
    ["guard", FreezeGuard, { arm: async () => ({ disarm: async () => undefined }) }],
    ["interfaces", NetworkInterfaces, new LinuxNetworkInterfaces()],
    ["clock", Clock, clock],
    ["system", SystemInformation, new LinuxSystemInformation()],
    ["accounts", Accounts, accounts],
    ["homes", HomeFiles, homes],
    ["children", ChildProcesses, new LinuxChildProcesses()],
    ["storage", Storage, new StorageWithoutTrim()],
    ["power control", PowerControl, {}],
  ];
  return { ports, homes };
}
