import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OsError } from "../../../core/plugin.ts";
import { parseDiskStatistics } from "../../../plugins/storage/disk-statistics.ts";
import storage from "../../../plugins/storage/index.ts";
import { FakeFiles } from "../fake-files.ts";
import { commandsOf } from "../run-command.ts";

function run(text: string | OsError) {
  return commandsOf(storage, { files: new FakeFiles({ "/proc/diskstats": text }), mounts: {}, storage: {} })("guest-get-diskstats");
}

/** Of Linux 2.6: a disk with all its counters, a partition with four. */
const OLD = `   3    0 hda 446216 784926 9550688 4382310 424847 312726 5922052 19310380 0 3376340 23705160
   3    1 hda1 35486 38030 38031 38032
`;
/** Of Linux 4.20, with discards. */
const DISCARD = "   8       1 sda1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n";
/** Of Linux 6.18, with flushes. */
const FLUSH =
  " 254       0 vda 742329 60657 54340674 1929990 548940 271768 132328104 651347 5 179648 2647065 341098 5156 129441560 54970 116972 10756\n";

const ELEVEN = {
  "read-ios": 1,
  "read-merges": 2,
  "read-sectors": 3,
  "read-ticks": 4,
  "write-ios": 5,
  "write-merges": 6,
  "write-sectors": 7,
  "write-ticks": 8,
  "ios-pgr": 9,
  "total-ticks": 10,
  "weight-ticks": 11,
};
const FIFTEEN = { ...ELEVEN, "discard-ios": 12, "discard-merges": 13, "discard-sectors": 14, "discard-ticks": 15 };

describe("guest-get-diskstats", () => {
  it("has what an old kernel counts", async () => {
    expect(await run(OLD)).toEqual([
      {
        name: "hda",
        major: 3,
        minor: 0,
        stats: {
          "read-ios": 446216,
          "read-merges": 784926,
          "read-sectors": 9550688,
          "read-ticks": 4382310,
          "write-ios": 424847,
          "write-merges": 312726,
          "write-sectors": 5922052,
          "write-ticks": 19310380,
          "ios-pgr": 0,
          "total-ticks": 3376340,
          "weight-ticks": 23705160,
        },
      },
      { name: "hda1", major: 3, minor: 1, stats: { "read-ios": 35486, "read-sectors": 38030, "write-ios": 38031, "write-sectors": 38032 } },
    ]);
  });

  it("has discards and flushes of newer ones", async () => {
    expect(await run(DISCARD + FLUSH)).toEqual([
      { name: "sda1", major: 8, minor: 1, stats: FIFTEEN },
      {
        name: "vda",
        major: 254,
        minor: 0,
        stats: {
          "read-ios": 742329,
          "read-merges": 60657,
          "read-sectors": 54340674,
          "read-ticks": 1929990,
          "write-ios": 548940,
          "write-merges": 271768,
          "write-sectors": 132328104,
          "write-ticks": 651347,
          "ios-pgr": 5,
          "total-ticks": 179648,
          "weight-ticks": 2647065,
          "discard-ios": 341098,
          "discard-merges": 5156,
          "discard-sectors": 129441560,
          "discard-ticks": 54970,
          "flush-ios": 116972,
          "flush-ticks": 10756,
        },
      },
    ]);
  });

  it.each([
    [5, {}],
    [10, {}],
    [11, ELEVEN],
    [12, ELEVEN],
    [14, ELEVEN],
    [15, FIFTEEN],
    [16, FIFTEEN],
    [17, { ...FIFTEEN, "flush-ios": 16, "flush-ticks": 17 }],
    [25, { ...FIFTEEN, "flush-ios": 16, "flush-ticks": 17 }],
  ])("shows of %i counters those that are complete", (count, stats) => {
    const numbers = Array.from({ length: count }, (_, index) => index + 1).join(" ");
    expect(parseDiskStatistics(`   8       0 sda ${numbers}\n`)).toEqual([{ name: "sda", major: 8, minor: 0, stats }]);
  });

  it("counts to 2^64 exactly", async () => {
    const [disk] = (await run("   8  0 sda 18446744073709551615 9007199254740991 9007199254740993 4 5 6 7 8 9 10 11\n")) as [
      { stats: object },
    ];
    expect(disk.stats).toMatchObject({
      "read-ios": 18446744073709551615n,
      "read-merges": 9007199254740991,
      "read-sectors": 9007199254740993n,
    });
  });

  it.each(["cciss/c0d0", "cciss!c0d0", "nvme0n1p1", "dm-0", "\u00e9"])("takes a name as it is: %s", (name) => {
    expect(parseDiskStatistics(` 104    0 ${name} 1 2 3 4\n`)).toMatchObject([{ name, major: 104 }]);
  });

  it.each([
    "",
    "sda",
    "   8 0 sda\n",
    "   8 0 sda 1 2 3\n",
    " x 0 sda 1 2 3 4\n",
    "  -8 0 sda 1 2 3 4\n",
    "   8 0 my disk 1 2 3 4 5 6 7 8 9 10 11\n",
    "   8 0 sda 0x10 2 3 4\n",
  ])("passes over what it doesn't know: %j", (line) => {
    expect(parseDiskStatistics(`${line}\n${DISCARD}`)).toHaveLength(1);
  });

  it("says which file can't be read", async () => {
    await expect(run(new OsError("EACCES", 13, "Permission denied", "open"))).rejects.toMatchObject({
      message: 'open("/proc/diskstats"): Permission denied',
    });
  });

  it("never throws, whatever the text, and tells only names that are in it and numbers of 64 bits", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0189 \t\n!/asx-.") }), (text) => {
        for (const { name, major, minor, stats } of parseDiskStatistics(text)) {
          expect(text).toContain(name);
          for (const number of [major, minor, ...Object.values(stats)]) {
            expect(BigInt(number)).toBeGreaterThanOrEqual(0n);
            expect(BigInt(number)).toBeLessThan(2n ** 64n);
          }
        }
      }),
    );
  });
});
