/** Volumes and disks of Windows. Whatever asks a device runs off the loop. */
import { OsError } from "../ports.ts";
import type { DiskPlace, PhysicalDisk, Space, Storage, Volume } from "../storage.ts";
import { diskPlace, extentsOf } from "./disk-structures.ts";
import { windowsError } from "./errors.ts";
import { checked, declared, lastError, offLoop, type ThreadedFunction, wideText, wideTexts } from "./library.ts";

type Handle = unknown;

const kernel = declared("kernel32.dll", (func) => ({
  firstVolume: func("intptr_t __stdcall FindFirstVolumeW(void *, uint32)") as (into: Uint8Array, size: number) => number | bigint,
  nextVolume: func("int __stdcall FindNextVolumeW(intptr_t, void *, uint32)") as (
    find: number | bigint,
    into: Uint8Array,
    size: number,
  ) => number,
  closeVolumes: func("int __stdcall FindVolumeClose(intptr_t)") as (find: number | bigint) => number,
  mountPoints: func("int __stdcall GetVolumePathNamesForVolumeNameW(const char16_t *, void *, uint32, void *)") as (
    volume: string,
    into: Uint8Array,
    size: number,
    needed: Uint8Array,
  ) => number,
  information: func(
    "int __stdcall GetVolumeInformationW(const char16_t *, void *, uint32, void *, void *, void *, void *, uint32)",
  ) as ThreadedFunction<
    [volume: string, label: null, size: number, serial: null, longest: null, flags: null, type: Uint8Array, size: number],
    number
  >,
  space: func("int __stdcall GetDiskFreeSpaceExW(const char16_t *, void *, void *, void *)") as ThreadedFunction<
    [path: string, available: BigUint64Array, total: BigUint64Array, free: BigUint64Array],
    number
  >,
  devices: func("uint32 __stdcall QueryDosDeviceW(const char16_t *, void *, uint32)") as (
    name: null,
    into: Uint8Array,
    size: number,
  ) => number,
  open: func("intptr_t __stdcall CreateFileW(const char16_t *, uint32, uint32, void *, uint32, uint32, void *)") as ThreadedFunction<
    [path: string, access: number, share: number, security: null, how: number, flags: number, template: null],
    number | bigint
  >,
  control: func("int __stdcall DeviceIoControl(intptr_t, uint32, void *, uint32, void *, uint32, void *, void *)") as ThreadedFunction<
    [
      device: Handle,
      code: number,
      input: Uint8Array | null,
      inputSize: number,
      output: Uint8Array,
      size: number,
      count: Uint8Array,
      overlapped: null,
    ],
    number
  >,
  close: func("int __stdcall CloseHandle(intptr_t)") as (handle: Handle) => number,
}));

const NAME_BYTES = 1024;
const DEVICES_BYTES = 512 * 1024;
const SHARED = 0x1 | 0x2;
const EXISTING = 3;
const NO_MORE_FILES = 18;

const VOLUME_EXTENTS = 0x560000;
const QUERY_PROPERTY = 0x2d1400;
const SCSI_ADDRESS = 0x41018;
const ANSWER_BYTES = 4096;

const isZero = (result: number) => result === 0;
const isInvalid = (handle: number | bigint) => BigInt(handle) === -1n;

export class WindowsStorage implements Storage {
  async space(mountPoint: string): Promise<Space> {
    const [available, total, free] = [new BigUint64Array(1), new BigUint64Array(1), new BigUint64Array(1)];
    await offLoop(kernel().space, "GetDiskFreeSpaceEx", isZero, mountPoint, available, total, free);
    const used = (total[0] ?? 0n) - (free[0] ?? 0n);
    return { used, total: used + (available[0] ?? 0n), totalPrivileged: total[0] ?? 0n };
  }

  async trim(): Promise<never> {
    throw windowsError({ code: "ENOSYS" }, "trim");
  }

  async nvmeHealth(): Promise<never> {
    throw windowsError({ code: "ENOSYS" }, "nvmeHealth");
  }

  async volumes(): Promise<readonly Volume[]> {
    const volumes: Volume[] = [];
    for (const name of volumeNames()) {
      const [mountPoint] = mountPointsOf(name);
      if (mountPoint === undefined) continue;
      const type = await unlessOsError(typeOf(name));
      // A drive without a medium.
      if (type === undefined) continue;
      const space = await unlessOsError(this.space(mountPoint));
      volumes.push({ name, mountPoint, type, ...(space === undefined ? {} : { space }), disks: await disksOf(name) });
    }
    return volumes;
  }

  async disks(): Promise<readonly PhysicalDisk[]> {
    const disks: PhysicalDisk[] = [];
    for (const number of diskNumbers()) {
      const place = await placeOf(number);
      disks.push({ name: diskPath(number), ...(place === undefined ? {} : { place }) });
    }
    return disks;
  }
}

/** As "\\?\Volume{…}\". */
function volumeNames(): string[] {
  const names: string[] = [];
  const into = new Uint8Array(NAME_BYTES);
  lastError();
  const find = kernel().firstVolume(into, NAME_BYTES / 2);
  if (isInvalid(find)) {
    const error = lastError();
    if (error === NO_MORE_FILES) return [];
    throw windowsError(error, "FindFirstVolume");
  }
  do names.push(wideText(into));
  while (kernel().nextVolume(find, into, NAME_BYTES / 2) !== 0);
  kernel().closeVolumes(find);
  return names;
}

function mountPointsOf(volume: string): string[] {
  const into = new Uint8Array(64 * NAME_BYTES);
  return kernel().mountPoints(volume, into, into.length / 2, new Uint8Array(4)) === 0 ? [] : wideTexts(into);
}

async function typeOf(volume: string): Promise<string> {
  const into = new Uint8Array(NAME_BYTES);
  await offLoop(kernel().information, "GetVolumeInformation", isZero, volume, null, 0, null, null, null, into, NAME_BYTES / 2);
  return wideText(into);
}

/** Of a volume's parts, each disk once. A volume that is none of disks (a CD, a network's) has none. */
async function disksOf(volume: string): Promise<DiskPlace[]> {
  const extents = await unlessOsError(ask(volume.replace(/\\$/, ""), VOLUME_EXTENTS));
  const numbers = extents === undefined ? [] : extentsOf(extents);
  const places = await Promise.all([...new Set(numbers)].map(placeOf));
  return places.filter((place) => place !== undefined);
}

function diskNumbers(): number[] {
  const into = new Uint8Array(DEVICES_BYTES);
  lastError();
  checked(kernel().devices(null, into, into.length / 2), "QueryDosDevice");
  return wideTexts(into)
    .flatMap((name) => /^PhysicalDrive(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function diskPath(number: number): string {
  return `\\\\.\\PhysicalDrive${number}`;
}

async function placeOf(number: number): Promise<DiskPlace | undefined> {
  const device = diskPath(number);
  // The property of the device itself, in its standard form.
  const descriptor = await unlessOsError(ask(device, QUERY_PROPERTY, new Uint8Array(12)));
  if (descriptor === undefined) return undefined;
  return diskPlace(device, descriptor, await unlessOsError(ask(device, SCSI_ADDRESS)));
}

/** @returns what a device answers to a control code, which needs no right to read it. */
async function ask(path: string, code: number, input: Uint8Array | null = null): Promise<Uint8Array> {
  const { open, control, close } = kernel();
  const handle = await offLoop(open, "CreateFile", isInvalid, path, 0, SHARED, null, EXISTING, 0, null);
  try {
    const output = new Uint8Array(ANSWER_BYTES);
    await offLoop(
      control,
      "DeviceIoControl",
      isZero,
      handle,
      code,
      input,
      input?.length ?? 0,
      output,
      output.length,
      new Uint8Array(4),
      null,
    );
    return output;
  } finally {
    close(handle);
  }
}

async function unlessOsError<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof OsError) return undefined;
    throw error;
  }
}
