/**
 * Started by a test: a user who gives a file a second name and takes it back, until the test ends it. Says "ready" after the first round.
 * @param name comes and goes. @param file has it.
 */
import { linkSync, unlinkSync, writeSync } from "node:fs";

const [, , name = "", file = ""] = process.argv;

for (let round = 0; ; round++) {
  linkSync(file, name);
  unlinkSync(name);
  if (round === 0) writeSync(1, "ready\n");
}
