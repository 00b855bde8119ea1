/** What Windows' service manager takes and tells of a service, as it lies in memory. */
export interface ServiceSettings {
  /** When it starts: 2 with the system, 3 when asked, 4 never. */
  readonly start: number;
  /** A command line, in Windows' quotes. */
  readonly command: string;
}

export const AUTOMATIC = 2;
export const DISABLED = 4;

const RESTART = 1;
const RESTART_MS = 5000;
const DAY_S = 86_400;

/** @param address where the bytes will be: they point to themselves. @returns a SERVICE_DESCRIPTIONW. */
export function descriptionBlock(text: string, address: bigint): Uint8Array {
  const words = Buffer.from(`${text}\0`, "utf16le");
  const bytes = new Uint8Array(8 + words.length);
  new DataView(bytes.buffer).setBigUint64(0, address + 8n, true);
  bytes.set(words, 8);
  return bytes;
}

/** @returns a SERVICE_FAILURE_ACTIONSW: it starts again five seconds after every failure; after a day without one they count from none. */
export function failureBlock(address: bigint): Uint8Array {
  const bytes = new Uint8Array(48);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, DAY_S, true);
  view.setUint32(24, 1, true); // one action, which holds for all failures that follow; no message, no command
  view.setBigUint64(32, address + 40n, true);
  view.setUint32(40, RESTART, true);
  view.setUint32(44, RESTART_MS, true);
  return bytes;
}

/** @returns a SERVICE_FAILURE_ACTIONS_FLAG: an end that says that it failed counts, too, not only a crash. */
export function failureFlagBlock(): Uint8Array {
  return Uint8Array.of(1, 0, 0, 0);
}

/** @param bytes a QUERY_SERVICE_CONFIGW. @param textAt what a pointer in it leads to. */
export function settingsOf(bytes: Uint8Array, textAt: (pointer: bigint) => string | undefined): ServiceSettings {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { start: view.getUint32(4, true), command: textAt(view.getBigUint64(16, true)) ?? "" };
}
