/** The header of a program for Windows. */

const PE = 0x4550;
const PE32_PLUS = 0x20b;

export interface PortableExecutable {
  /** The oldest Windows whose loader takes it, "6.0" or "10.0". */
  readonly oldestSystem: string;
  /** Bytes of a signature at its end; 0 is none. */
  readonly signature: number;
}

/** @param file at least its header. @throws Error if it is no 64-bit program for Windows. */
export function readPortableExecutable(file: Buffer): PortableExecutable {
  const at = file.readUInt32LE(0x3c);
  const optional = at + 24;
  if (file.readUInt32LE(at) !== PE || file.readUInt16LE(optional) !== PE32_PLUS) throw new Error("this is no 64-bit program for Windows");
  const SECURITY_DIRECTORY = optional + 112 + 4 * 8;
  return {
    oldestSystem: `${file.readUInt16LE(optional + 48)}.${file.readUInt16LE(optional + 50)}`,
    signature: file.readUInt32LE(SECURITY_DIRECTORY + 4),
  };
}
