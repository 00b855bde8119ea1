/** Block devices from /sys: the links of /sys/class/block, and what the folder behind each says. */
import { constants, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { posix } from "node:path";
import type { BlockDevice, BlockDevices, BlockTable } from "../block-devices.ts";
import { osError } from "./errno.ts";
import { close, open } from "./libc.ts";
import { checked, declared, type NativeFunction } from "./library.ts";
import { deviceNumbers } from "./mounts.ts";

/**
 * What the table is read from; everything throws. It is read at once and not by the thread pool, for the reason that the list of mounts
 * is: /sys waits for no disk, but each thread of the pool may wait for a frozen file system.
 */
export interface SysFiles {
  readText(path: string): string;
  /** The names in a folder. */
  list(path: string): readonly string[];
  /** What a symbolic link says. */
  link(path: string): string;
  /** @param name of a loop device. @returns the number of the device that its file lies on. */
  loopFileDevice(name: string): bigint;
}

const CLASS = "/sys/class/block";
const BTRFS = "/sys/fs/btrfs";
/** So many devices are read before the agent's other work has its turn; one takes some 40 microseconds. */
const SLICE = 64;

/** A device as its folder describes it: what it lies on is said by name. */
interface Described {
  readonly device: string;
  readonly name: string;
  readonly liesOn: readonly string[];
  readonly alias: string | undefined;
  readonly backingFile: string | undefined;
  readonly backingDevice: string | undefined;
}

export class LinuxBlockDevices implements BlockDevices {
  readonly #sys: SysFiles;

  constructor(sys: SysFiles = SYS) {
    this.#sys = sys;
  }

  async table(): Promise<BlockTable> {
    let names: readonly string[];
    try {
      names = this.#sys.list(CLASS);
    } catch (error) {
      throw osError(error, "opendir");
    }
    const described: Described[] = [];
    for (const [index, name] of names.entries()) {
      if (index % SLICE === SLICE - 1) await new Promise(setImmediate);
      const device = this.#describe(name);
      if (device !== undefined) described.push(device);
    }
    const numbers = new Map(described.map(({ name, device }) => [name, device]));
    return { devices: described.map((device) => numbered(device, numbers)), btrfs: this.#btrfs(numbers) };
  }

  /** @returns undefined for what vanishes meanwhile. */
  #describe(name: string): Described | undefined {
    const folder = `${CLASS}/${name}`;
    const device = this.#line(`${folder}/dev`);
    if (device === undefined || !/^\d+:\d+$/.test(device)) return undefined;
    const has = new Set(this.#names(folder));
    const liesOn = has.has("slaves") ? this.#names(`${folder}/slaves`) : [];
    const disk = has.has("partition") ? this.#disk(folder) : undefined;
    return {
      device,
      name,
      liesOn: disk === undefined ? liesOn : [disk, ...liesOn],
      alias: has.has("dm") ? this.#line(`${folder}/dm/name`) : undefined,
      backingFile: has.has("loop") ? this.#line(`${folder}/loop/backing_file`) : undefined,
      backingDevice: has.has("loop") ? this.#backingDevice(name) : undefined,
    };
  }

  /** A partition's folder is in that of its disk. */
  #disk(folder: string): string | undefined {
    try {
      return posix.basename(posix.dirname(this.#sys.link(folder)));
    } catch {
      return undefined;
    }
  }

  #backingDevice(name: string): string | undefined {
    try {
      const { major, minor } = deviceNumbers(this.#sys.loopFileDevice(name));
      return `${major}:${minor}`;
    } catch {
      return undefined;
    }
  }

  #btrfs(numbers: ReadonlyMap<string, string>): string[][] {
    return this.#names(BTRFS)
      .map((fileSystem) => known(this.#names(`${BTRFS}/${fileSystem}/devices`), numbers))
      .filter((devices) => devices.length > 0);
  }

  #names(folder: string): readonly string[] {
    try {
      return this.#sys.list(folder);
    } catch {
      return [];
    }
  }

  /** A file's text without the line end that the kernel adds; undefined for nothing. */
  #line(path: string): string | undefined {
    try {
      const text = this.#sys.readText(path).replace(/\n$/, "");
      return text === "" ? undefined : text;
    } catch {
      return undefined;
    }
  }
}

function numbered(
  { device, name, liesOn, alias, backingFile, backingDevice }: Described,
  numbers: ReadonlyMap<string, string>,
): BlockDevice {
  return {
    device,
    name: name.replaceAll("!", "/"), // the kernel's stand-in for the slash of "cciss/c0d0"
    liesOn: known(liesOn, numbers),
    ...(alias === undefined ? {} : { alias }),
    ...(backingFile === undefined ? {} : { backingFile }),
    ...(backingDevice === undefined ? {} : { backingDevice }),
  };
}

function known(names: readonly string[], numbers: ReadonlyMap<string, string>): string[] {
  return names.map((name) => numbers.get(name)).filter((device) => device !== undefined);
}

const SYS: SysFiles = {
  readText: (path) => readFileSync(path, "utf8"),
  list: (path) => readdirSync(path),
  link: (path) => readlinkSync(path),
  loopFileDevice,
};

const c = declared<{ ioctl: NativeFunction<[fd: number, request: number, argument: BigUint64Array], number> }>((library) => ({
  ioctl: library.func("int ioctl(int, ulong, void *)"),
}));

const LOOP_GET_STATUS64 = 0x4c05;
const STATUS_BYTES = 232;

/** The driver answers from memory; neither the device nor the file is read. */
function loopFileDevice(name: string): bigint {
  const fd = open(`/dev/${name}`, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = new BigUint64Array(STATUS_BYTES / 8);
    checked(c().ioctl(fd, LOOP_GET_STATUS64, status), "ioctl");
    return status[0] ?? 0n;
  } finally {
    close(fd);
  }
}
