/** The header of a program for macOS, as far as the build has to read and change it. Only what npm's Node is: one processor, 64 bits. */

const MAGIC = 0xfeedfacf;
const HEADER_BYTES = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const LC_BUILD_VERSION = 0x32;
const LC_VERSION_MIN_MACOSX = 0x24;

export interface Segment {
  /** Where its load command is. */
  readonly at: number;
  readonly offset: number;
  readonly bytes: number;
}

export interface MachO {
  readonly segments: ReadonlyMap<string, Segment>;
  readonly signature: { readonly offset: number; readonly bytes: number } | undefined;
  /** The oldest macOS, "13.5". */
  readonly oldestSystem: string | undefined;
}

/** @param file at least its header with all load commands. @throws Error if it is no such program. */
export function readMachO(file: Buffer): MachO {
  if (file.readUInt32LE(0) !== MAGIC) throw new Error("this is no 64-bit Mach-O file for one processor");
  const commands = file.readUInt32LE(16);
  const segments = new Map<string, Segment>();
  let signature: MachO["signature"];
  let oldestSystem: string | undefined;
  for (let index = 0, at = HEADER_BYTES; index < commands; index += 1, at += file.readUInt32LE(at + 4)) {
    switch (file.readUInt32LE(at)) {
      case LC_SEGMENT_64: {
        const name = file.toString("latin1", at + 8, at + 24).replace(/\0.*$/, "");
        segments.set(name, { at, offset: Number(file.readBigUInt64LE(at + 40)), bytes: Number(file.readBigUInt64LE(at + 48)) });
        break;
      }
      case LC_CODE_SIGNATURE:
        signature = { offset: file.readUInt32LE(at + 8), bytes: file.readUInt32LE(at + 12) };
        break;
      case LC_BUILD_VERSION:
        oldestSystem = version(file.readUInt32LE(at + 12));
        break;
      case LC_VERSION_MIN_MACOSX:
        oldestSystem ??= version(file.readUInt32LE(at + 8));
        break;
    }
  }
  return { segments, signature, oldestSystem };
}

/** Says how long a segment is now. @param memory what it takes when it is loaded. */
export function resizeSegment(file: Buffer, { at }: Segment, bytes: number, memory: number): void {
  file.writeBigUInt64LE(BigInt(memory), at + 32);
  file.writeBigUInt64LE(BigInt(bytes), at + 48);
}

/**
 * Adds the load command for a signature behind the others, which the linker has left room for.
 * @throws Error if there is no room.
 */
export function addSignature(file: Buffer, offset: number, bytes: number): void {
  const SIZE = 16;
  const commands = file.readUInt32LE(16);
  const commandBytes = file.readUInt32LE(20);
  const at = HEADER_BYTES + commandBytes;
  const room = file.subarray(at, at + SIZE);
  if (room.some((byte) => byte !== 0)) throw new Error("the header has no room for one more load command");
  for (const [index, value] of [LC_CODE_SIGNATURE, SIZE, offset, bytes].entries()) room.writeUInt32LE(value, index * 4);
  file.writeUInt32LE(commands + 1, 16);
  file.writeUInt32LE(commandBytes + SIZE, 20);
}

function version(packed: number): string {
  return `${packed >>> 16}.${(packed >>> 8) & 0xff}`;
}
