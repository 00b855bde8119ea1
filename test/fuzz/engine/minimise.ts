/** A failing input made small: pieces are taken out, then bytes made plain, as long as it still fails. */

const PLAIN = Buffer.from("a0 ");

const MAX_ATTEMPTS = 4000;
/** What fails by waiting for an answer that doesn't come takes long each time. */
const MAX_MS = 20_000;

/** @param fails whether an input fails in the same way. */
export async function minimised(input: Buffer, fails: (input: Buffer) => Promise<boolean>): Promise<Buffer> {
  const end = performance.now() + MAX_MS;
  let left = MAX_ATTEMPTS;
  let best = input;
  const better = async (candidate: Buffer): Promise<boolean> => {
    if (performance.now() > end) left = 0;
    if (left-- <= 0 || !(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(best.length / 2); size >= 1 && left > 0; ) {
    let removed = false;
    for (let at = 0; at < best.length && left > 0; ) {
      if (await better(Buffer.concat([best.subarray(0, at), best.subarray(at + size)]))) removed = true;
      else at += size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!removed) break;
  }
  for (let at = 0; at < best.length && left > 0; at++) {
    for (const byte of PLAIN) {
      if (best[at] === byte) break;
      const candidate = Buffer.from(best);
      candidate[at] = byte;
      if (await better(candidate)) break;
    }
  }
  return best;
}
