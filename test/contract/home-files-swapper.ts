/**
 * Started by a test: a user who swaps a path for a link and back, as fast as possible, until the test ends it. Says "ready" after the
 * first round.
 * @param path is swapped: a directory or a file. @param target of the link that takes its place now and then.
 */
import { renameSync, symlinkSync, unlinkSync, writeSync } from "node:fs";

const [, , path = "", target = ""] = process.argv;
const aside = `${path}-aside`;

/** Any step may fail: the agent may have put something into the gap. */
function attempt(step: () => void, otherwise = () => {}): void {
  try {
    step();
  } catch {
    otherwise();
  }
}

for (let round = 0; ; round++) {
  attempt(
    () => renameSync(path, aside),
    () => renameSync(aside, `${aside}-${round}`),
  );
  attempt(() => symlinkSync(target, path));
  attempt(() => unlinkSync(path));
  attempt(() => renameSync(aside, path));
  if (round === 0) writeSync(1, "ready\n");
}
