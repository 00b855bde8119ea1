/** What of its executable a process lets go, and what it must keep: whatever differs from the file. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { presentRanges, untouchedFiles } from "../../../core/os/linux/mapped-pages.ts";

const mapping = (line: string, anonymous: number): string => `${line}
Size:                 76 kB
KernelPageSize:        4 kB
Rss:                  76 kB
Private_Dirty:         0 kB
Anonymous:     ${String(anonymous).padStart(9)} kB
AnonHugePages:         0 kB
VmFlags: rd ex mr mw me 
`;

const SMAPS = [
  mapping("00400000-00b06000 r--p 00000000 fe:00 1311                               /usr/bin/lodger", 0),
  mapping("00b06000-02d25000 r-xp 00706000 fe:00 1311                               /usr/bin/lodger", 0),
  mapping("04e00000-05f00000 r--p 04900000 fe:00 1311                               /usr/bin/lodger", 204),
  mapping("05f00000-05f10000 rw-p 05900000 fe:00 1311                               /usr/bin/lodger", 0),
  mapping("7f0000000000-7f0000100000 r--p 00000000 00:00 0 ", 0),
  mapping("7f0000200000-7f0000201000 r--s 00000000 00:05 12                          /dev/shm/shared", 0),
  mapping("7fff11111000-7fff11115000 r--p 00000000 00:00 0                          [vvar]", 0),
].join("");

describe("mapped pages", () => {
  it("are let go where nothing but the file's own bytes can be in them", () => {
    expect(untouchedFiles(SMAPS)).toEqual([
      { start: 0x400000, length: 0x706000, pageBytes: 4096 },
      { start: 0xb06000, length: 0x221f000, pageBytes: 4096 },
    ]);
  });

  it("are remembered by runs of those that are there", () => {
    const entries = (text: string) => Uint8Array.from([...text].flatMap((page) => [1, 2, 3, 4, 5, 6, 7, page === "x" ? 0x81 : 0x01]));
    const of = (text: string) => presentRanges({ start: 0x10000, pageBytes: 0x1000 }, entries(text));
    expect(of("")).toEqual([]);
    expect(of("...")).toEqual([]);
    expect(of("xx.x")).toEqual([
      [0x10000, 0x2000],
      [0x13000, 0x1000],
    ]);
    expect(of(".xxx.")).toEqual([[0x11000, 0x3000]]);
  });

  it("come back when they are asked for, and a process goes on without them", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, "forgets-mapped-pages.ts")]);
    expect(JSON.parse(stdout)).toEqual({ gone: true, back: true, own: true });
  });
});
