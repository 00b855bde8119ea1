/** FormatMessage: the system's own text for an error number. */
import { native } from "../native.ts";

const FROM_SYSTEM = 0x1000;
const IGNORE_INSERTS = 0x200;
const CHARACTERS = 1024;

type FormatMessageW = (
  flags: number,
  source: null,
  message: number,
  language: number,
  into: Uint8Array,
  size: number,
  args: null,
) => number;

let call: FormatMessageW | undefined;

/** @returns undefined where the system has none, or can't be asked. */
export function formatMessage(number: number): string | undefined {
  try {
    call ??= native()
      .load("kernel32.dll")
      .func("uint32 __stdcall FormatMessageW(uint32, void *, uint32, uint32, void *, uint32, void *)") as unknown as FormatMessageW;
    const into = new Uint8Array(2 * CHARACTERS);
    const length = call(FROM_SYSTEM | IGNORE_INSERTS, null, number, 0, into, CHARACTERS, null);
    const text = Buffer.from(into.buffer, 0, 2 * length)
      .toString("utf16le")
      .trimEnd();
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  }
}
