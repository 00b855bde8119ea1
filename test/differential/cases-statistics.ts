/** guest-get-diskstats and -cpustats, on recorded and odd texts. */
import type { Scenario } from "./scenario.ts";
import { call, withEach } from "./steps.ts";

const DISKSTATS = call("guest-get-diskstats");
const CPUSTATS = call("guest-get-cpustats");

const line = (columns: number, name = "sda") =>
  `   8       0 ${name} ${Array.from({ length: columns - 3 }, (_, n) => (n + 1) * 11).join(" ")}\n`;

const DISKS: Readonly<Record<string, string>> = {
  "kernel 6.1": `   8       0 sda 39207 9164 2963570 12204 18347 18246 1105586 20312 0 21964 33731 0 0 0 0 2420 1214
   8       1 sda1 38829 9164 2950242 12132 18346 18246 1105584 20312 0 21936 32444 0 0 0 0 0 0
   8      14 sda14 127 0 4568 25 0 0 0 0 0 52 25 0 0 0 0 0 0
  11       0 sr0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
 252       0 vda 5120 77 301010 1200 880 1200 55000 2200 0 3100 3500 12 0 48000 5 100 95
 259       0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17
 253       0 dm-0 45000 0 2940000 14000 36500 0 1105584 80000 0 22000 94000 0 0 0 0 0 0
   7       0 loop0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
`,
  "kernel 4.19": "   8       0 sda 11000 200 830000 4500 6000 7000 400000 9000 0 6000 13500 10 1 2000 3\n",
  "kernel 3.10":
    "   8       0 sda 11000 200 830000 4500 6000 7000 400000 9000 0 6000 13500\n   8       1 sda1 10 20 30 40 50 60 70 80 0 90 100\n",
  "a partition of kernel 2.6": "   8       1 sda1 1234 56789 321 98765\n",
  "numbers of columns that kernels have": [7, 14, 15, 18, 20, 21, 30].map((columns) => line(columns, `sd${columns}`)).join(""),
  empty: "",
  "an empty line": `\n${line(20)}\n\n`,
  "no newline at the end": line(20).trimEnd(),
  "a column beyond 53 bits": "8 0 sda 9007199254740993 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
  "a column of 2^64-1": "8 0 sda 18446744073709551615 18446744073709551615 2 3 4 5 6 7 8 9 18446744073709551615 11 12 13 14 15 16\n",
  "32 bits and more": "8 0 sda 1 2 3 4 5 6 7 8 4294967296 4294967295 4294967297 12 13 14 15 16 17\n",
  "a name with escapes": '8 0 a"b\\c 1 2 3 4 5 6 7 8 9 10 11\n',
  "a name in UTF-8": "8 0 caf\xc3\xa9 1 2 3 4 5 6 7 8 9 10 11\n",
  "a name not in UTF-8": "8 0 caf\xe9 1 2 3 4 5 6 7 8 9 10 11\n",
  "a name of cciss": "104 0 cciss!c0d0 1 2 3 4 5 6 7 8 9 10 11\n",
  "a long name": `8 0 ${"x".repeat(127)} 1 2 3 4 5 6 7 8 9 10 11\n`,
  tabs: "8\t0\tsda\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\t11\n",
  "the name twice": line(14) + line(14),
  zeros: "8 0 sda 0 0 0 0 0 0 0 0 0 0 0\n",
  "many disks": Array.from({ length: 2000 }, (_, n) => line(20, `sd${n}`)).join(""),
};

/** What no kernel writes. */
const MALFORMED_DISKS: Readonly<Record<string, string>> = {
  "every number of columns": Array.from({ length: 26 }, (_, n) => line(n + 3, `sd${n + 3}`)).join(""),
  "a column beyond 64 bits": "8 0 sda 18446744073709551616 99999999999999999999999 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
  "large device numbers": "4095 1048575 sda 1 2 3 4 5 6 7 8 9 10 11\n4294967296 4294967297 sdb 1 2 3 4 5 6 7 8 9 10 11\n",
  "negative columns": "8 0 sda -1 -2 -3 4 5 6 7 8 -9 10 11\n",
  "words in place of columns": "8 0 sda a b c d e f g h i j k\n8 0 sdb 1 2 x 4 5 6 7 8 9 10 11\n",
  "no device numbers": "a b sda 1 2 3 4 5 6 7 8 9 10 11\nsda 1 2 3\n",
};

const CPUS: Readonly<Record<string, string>> = {
  usual: `cpu  10132153 290696 3084719 46828483 16683 0 25195 0 175628 0
cpu0 1393280 32966 572056 13343292 6130 0 17875 0 23933 0
cpu1 1335498 21212 451284 11523241 1212 7 1213 19 23931 11
intr 199292184 0 9 0
ctxt 38014093
btime 1418183276
processes 26442
`,
  "kernel 2.6": "cpu0 1 2 3 4 5 6 7\nintr 1\n",
  empty: "",
  "only the sum": "cpu  1 2 3 4 5 6 7 8 9 10\nintr 1\n",
  "not in order": "cpu2 1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu17 1 2 3 4 5 6 7 8 9 10\n",
  "no newline at the end": "cpu0 1 2 3 4 5 6 7 8 9 10",
  "other lines first": "intr 1\ncpu0 1 2 3 4 5 6 7 8 9 10\nctxt 2\ncpu1 1 2 3 4 5 6 7 8 9 10\n",
  "beyond 53 bits": "cpu0 9007199254740993 900719925474099 1844674407370955161 4 5 6 7 8 9 10\n",
  "more blanks": "cpu0   1  2\t3 4 5 6 7 8 9 10  \n",
  "an empty line": "cpu0 1 2 3 4 5 6 7 8 9 10\n\ncpu1 1 2 3 4 5 6 7 8 9 10\n",
  "many columns": `cpu0 ${Array.from({ length: 300 }, () => 7).join(" ")}\n`,
  "the number twice": "cpu0 1 2 3 4\ncpu0 5 6 7 8\n",
  "many processors": Array.from({ length: 1024 }, (_, n) => `cpu${n} 1 2 3 4 5 6 7 8 9 10\n`).join(""),
};

/** What no kernel writes. */
const MALFORMED_CPUS: Readonly<Record<string, string>> = {
  "beyond 64 bits": "cpu0 18446744073709551616 99999999999999999999 3 4 5 6 7 8 9 10\n",
  "2^64-1": "cpu0 18446744073709551615 1844674407370955162 3 4 5 6 7 8 9 10\n",
  negative: "cpu0 -1 2 3 4 5 6 7 8 9 10\n",
  words: "cpu0 a 2 3 4 5 6 7 8 9 10\ncpu1 1 2 x 4 5 6 7 8 9 10\n",
  "odd names": "cpux 1 2 3 4 5\ncpu1x 1 2 3 4 5\ncpu-1 1 2 3 4 5\ncpu007 1 2 3 4 5\ncpufreq 1 2 3 4 5\n",
  "a large number": "cpu4294967296 1 2 3 4 5\ncpu9223372036854775808 1 2 3 4 5\n",
  "every number of columns": Array.from({ length: 14 }, (_, n) => `cpu${n} ${Array.from({ length: n }, (_, m) => m + 1).join(" ")}\n`).join(
    "",
  ),
};

/** What moves on a live system. */
const masked = (text: string) => text.replace(/("(?!cpu|major|minor)[a-z-]+": )\d+/g, '$1"<count>"');

export const STATISTICS_SCENARIOS: readonly Scenario[] = [
  { id: "statistics of this machine", masked, steps: [DISKSTATS, CPUSTATS] },
  { id: "disk statistics", world: { files: { "/proc/diskstats": "" } }, steps: withEach("/proc/diskstats", DISKS, DISKSTATS) },
  {
    id: "malformed disk statistics",
    world: { files: { "/proc/diskstats": "" } },
    steps: withEach("/proc/diskstats", MALFORMED_DISKS, DISKSTATS),
  },
  { id: "processor statistics", world: { files: { "/proc/stat": "" } }, steps: withEach("/proc/stat", CPUS, CPUSTATS) },
  { id: "malformed processor statistics", world: { files: { "/proc/stat": "" } }, steps: withEach("/proc/stat", MALFORMED_CPUS, CPUSTATS) },
];
