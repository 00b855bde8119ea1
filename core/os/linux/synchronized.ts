/** Whether the kernel knows the clock for right: somebody (chrony, systemd-timesyncd, ntpd) keeps it so. */
import { declared, type NativeFunction } from "./library.ts";

interface Declared {
  adjtimex: NativeFunction<[state: Uint8Array], number>;
}

const c = declared<Declared>((library) => ({ adjtimex: library.func("int adjtimex(void *)") }));

/** Larger than struct timex anywhere. Zeros ask for nothing to be changed. */
const TIMEX_BYTES = 512;
const TIME_ERROR = 5;

/** @returns undefined where the system doesn't tell. */
export function isClockSynchronized(): boolean | undefined {
  const state = c().adjtimex(new Uint8Array(TIMEX_BYTES));
  return state < 0 ? undefined : state !== TIME_ERROR;
}
