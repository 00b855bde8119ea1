/** fopen's modes, as the interface takes them, and what each means for open(2). */
import { constants } from "node:fs";
import { failed } from "../../core/plugin.ts";

/** Non-blocking, so that a FIFO or a terminal without a partner doesn't hang a thread; never the agent's controlling terminal. */
const ALWAYS = constants.O_NONBLOCK | constants.O_NOCTTY;

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND } = constants;

const MODES: ReadonlyMap<string, number> = new Map([
  ["r", O_RDONLY],
  ["rb", O_RDONLY],
  ["w", O_WRONLY | O_CREAT | O_TRUNC],
  ["wb", O_WRONLY | O_CREAT | O_TRUNC],
  ["a", O_WRONLY | O_CREAT | O_APPEND],
  ["ab", O_WRONLY | O_CREAT | O_APPEND],
  ["r+", O_RDWR],
  ["rb+", O_RDWR],
  ["r+b", O_RDWR],
  ["w+", O_RDWR | O_CREAT | O_TRUNC],
  ["wb+", O_RDWR | O_CREAT | O_TRUNC],
  ["w+b", O_RDWR | O_CREAT | O_TRUNC],
  ["a+", O_RDWR | O_CREAT | O_APPEND],
  ["ab+", O_RDWR | O_CREAT | O_APPEND],
  ["a+b", O_RDWR | O_CREAT | O_APPEND],
]);

/** @throws CommandError for a mode that fopen has not. */
export function openFlags(mode: string): number {
  const flags = MODES.get(mode);
  if (flags === undefined) throw failed(`invalid file open mode '${mode}'`);
  return flags | ALWAYS;
}
