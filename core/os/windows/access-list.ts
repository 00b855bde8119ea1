/** Access lists and security identifiers, as Windows lays them out in memory. */

export interface SecurityEntry {
  /** Whether it gives rights; entries of kinds that aren't known count as if they did. */
  readonly grants: boolean;
  /** Whether it holds for the object itself, not only for what is made in it. */
  readonly holdsHere: boolean;
  readonly mask: number;
  readonly sid: string;
}

const HEADER_BYTES = 8;
const SIZE = 2;
const COUNT = 4;

const ALLOWED = 0;
const DENIED = 1;
const INHERIT_ONLY = 0x8;

/** @param list from its header on. An entry that can't be read stands for everybody. */
export function entriesOf(list: Uint8Array): SecurityEntry[] {
  const view = new DataView(list.buffer, list.byteOffset, list.byteLength);
  const entries: SecurityEntry[] = [];
  let at = HEADER_BYTES;
  for (let left = view.getUint16(COUNT, true); left > 0; left--) {
    const type = view.getUint8(at);
    const flags = view.getUint8(at + 1);
    const size = view.getUint16(at + SIZE, true);
    const known = type === ALLOWED || type === DENIED;
    entries.push({
      grants: type !== DENIED,
      holdsHere: (flags & INHERIT_ONLY) === 0,
      mask: view.getUint32(at + 4, true),
      sid: known ? sidText(list.subarray(at + HEADER_BYTES, at + size)) : "S-1-1-0",
    });
    at += size;
  }
  return entries;
}

/** @returns for instance "S-1-5-32-544". */
export function sidText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const authority = view.getUint16(2) * 2 ** 32 + view.getUint32(4);
  const parts = Array.from({ length: view.getUint8(1) }, (_, index) => view.getUint32(HEADER_BYTES + 4 * index, true));
  return ["S", view.getUint8(0), authority, ...parts].join("-");
}

/** How many bytes the list has, of which the first are here. */
export function listBytes(header: Uint8Array): number {
  return new DataView(header.buffer, header.byteOffset, header.byteLength).getUint16(SIZE, true);
}

/** How many bytes the identifier has, of which the first two are here. */
export function sidBytes(header: Uint8Array): number {
  return HEADER_BYTES + 4 * (header[1] ?? 0);
}
