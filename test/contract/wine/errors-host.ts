/** Calls that fail on threads while others fail on the loop, each for a reason of its own; prints which errors were told of which. */
import { OsError } from "../../../core/os/ports.ts";
import { declared, lastError, offLoop, type ThreadedFunction } from "../../../core/os/windows/library.ts";

const kernel = declared("kernel32.dll", (func) => ({
  attributes: func("uint32 __stdcall GetFileAttributesW(const char16_t *)") as ThreadedFunction<[path: string], number>,
  close: func("int __stdcall CloseHandle(intptr_t)") as (handle: number) => number,
}));

const NONE = 0xffffffff;
/** What each has to fail with: no such file, no such folder. */
const PATHS = [
  ["C:\\lodger\\missing", 2],
  ["C:\\missing\\file", 3],
] as const;
const INVALID_HANDLE = 6;

/** Fewer at once than koffi allows. */
const AT_ONCE = 32;
const ROUNDS = 12;

const wrong: string[] = [];

async function call(index: number): Promise<void> {
  const [path, expected] = PATHS[index % PATHS.length] ?? PATHS[0];
  const error = await offLoop(kernel().attributes, "GetFileAttributes", (result) => result === NONE, path).catch((failure) => failure);
  if (!(error instanceof OsError) || error.errno !== expected) wrong.push(`${path}: ${error}`);
}

let waiting = true;
void (async () => {
  for (let round = 0; round < ROUNDS; round++) await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => call(index)));
  waiting = false;
})();

const disturb = () => {
  kernel().close(0x7ffffff0);
  const error = lastError();
  if (error !== INVALID_HANDLE) wrong.push(`on the loop: ${error}`);
  if (waiting) setImmediate(disturb);
  else process.stdout.write(JSON.stringify(wrong));
};
disturb();
