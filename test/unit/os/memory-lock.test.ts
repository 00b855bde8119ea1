/** What is locked in memory while file systems are frozen, and what must not be. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { mappedFiles } from "../../../core/os/linux/memory-lock.ts";

const MAPS = `00400000-00401000 r--p 00000000 fe:00 1311 /usr/bin/node
3fe0000000-3fe0200000 rw-p 00000000 00:00 0 
7ffff7d00000-7ffff7d01000 r-xp 00026000 fe:00 77 /usr/lib/libc.so.6 (deleted)
7fff11111000-7fff11132000 rw-p 00000000 00:00 0                          [stack]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`;

const LOCKS_AND_COLLECTS = `
  import { readFileSync } from "node:fs";
  import { lockMemory } from ${JSON.stringify(join(import.meta.dirname, "../../../core/os/linux/memory-lock.ts"))};
  const locked = () => Number(/^VmLck:\\s+(\\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1]);
  const unlock = lockMemory();
  const during = locked();
  for (let round = 0; round < 3; round++) {
    Array.from({ length: 1e6 }, (_, index) => [index]);
    gc({ type: "major", flavor: "last-resort" });
  }
  unlock();
  console.log(JSON.stringify([during > 0, locked()]));
`;

describe("locked memory", () => {
  it("is what is mapped from files", () => {
    expect(mappedFiles(MAPS)).toEqual([
      [0x400000n, 0x1000n],
      [0x7ffff7d00000n, 0x1000n],
    ]);
  });

  it("is none that the garbage collector gives back, for that would end the process", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", "--input-type=module", "-e", LOCKS_AND_COLLECTS]);
    expect(JSON.parse(stdout)).toEqual([process.getuid?.() === 0, 0]);
  });
});
