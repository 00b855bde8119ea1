/**
 * Started by a test: a user who lets a name stand now for one thing and now for another, by one call of the kernel each time, until the
 * test ends it. Says "ready" after the first round.
 * @param first and @param second change places.
 */
import { writeSync } from "node:fs";
import { native } from "../../core/os/native.ts";

const [, , first = "", second = ""] = process.argv;
const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;
const renameat2 = native().load(null).func("int renameat2(int, const char *, int, const char *, uint)");

for (let round = 0; ; round++) {
  if (renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE) !== 0) throw new Error(`renameat2: errno ${native().errno()}`);
  if (round === 0) writeSync(1, "ready\n");
}
