/** Counters of /proc/net/dev. */

/** A counter: the kernel's 64 bits don't always fit a `number`. */
type Counter = number | bigint;

/** The counters of one interface, under the wire's names. */
export interface InterfaceStatistics {
  readonly "rx-bytes": Counter;
  readonly "rx-packets": Counter;
  readonly "rx-errs": Counter;
  readonly "rx-dropped": Counter;
  readonly "tx-bytes": Counter;
  readonly "tx-packets": Counter;
  readonly "tx-errs": Counter;
  readonly "tx-dropped": Counter;
}

/** Columns of a line behind the name: eight for what is received, then eight for what is sent. */
const RECEIVED = 0;
const SENT = 8;

/**
 * @param text of /proc/net/dev: two lines of heading, then "  eth0: 1 2 3 …".
 * @returns the counters by interface; lines of another form are left out.
 */
export function parseStatistics(text: string): ReadonlyMap<string, InterfaceStatistics> {
  const byName = new Map<string, InterfaceStatistics>();
  for (const line of text.split("\n")) {
    const match = /^\s*(\S+):\s*(\d[\d\s]*)$/.exec(line);
    const [, name, counters] = match ?? [];
    if (name === undefined || counters === undefined) continue;
    const columns = counters.trim().split(/\s+/);
    if (columns.length < SENT + 4) continue;
    const at = (index: number) => counter(columns[index] ?? "0");
    byName.set(name, {
      "rx-bytes": at(RECEIVED),
      "rx-packets": at(RECEIVED + 1),
      "rx-errs": at(RECEIVED + 2),
      "rx-dropped": at(RECEIVED + 3),
      "tx-bytes": at(SENT),
      "tx-packets": at(SENT + 1),
      "tx-errs": at(SENT + 2),
      "tx-dropped": at(SENT + 3),
    });
  }
  return byName;
}

function counter(digits: string): Counter {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt.asUintN(64, BigInt(digits));
}
