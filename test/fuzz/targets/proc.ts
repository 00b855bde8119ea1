/** What the kernel and the distribution write: a guest may run any of them, and anything may be mounted over them. */
import { fromMounts, parseMountInfo } from "../../../core/os/linux/mounts.ts";
import { parseUtmp, utmpLayout } from "../../../core/os/linux/utmp.ts";
import type { JsonValue } from "../../../core/protocol/values.ts";
import { isInvalidKey, keysOf, withKeys, withoutKeys } from "../../../plugins/accounts/key-list.ts";
import { parseCpuTimes } from "../../../plugins/cpu/cpu-times.ts";
import { parseIpv4Route, parseIpv6Route } from "../../../plugins/network/routes.ts";
import { parseStatistics } from "../../../plugins/network/statistics.ts";
import { parseDiskStatistics } from "../../../plugins/storage/disk-statistics.ts";
import { decodeNvmeHealth } from "../../../plugins/storage/nvme-health.ts";
import { parseOsRelease } from "../../../plugins/system/os-release.ts";
import { holds, same } from "../engine/failure.ts";
import type { Target } from "../engine/target.ts";
import { sent } from "./framing.ts";

const SPACES = [" ", "  ", "\t", "\n", "\r", "\0", "\x0b", "\xa0", "\u0085"];
const text = (input: Buffer) => input.toString("utf8");

/** What a parser gives can be sent, and each line counts for itself: what stands before it changes nothing. */
function lines<T>(parse: (text: string) => readonly T[], of: string): string | undefined {
  const whole = parse(of);
  checked(whole);
  same(
    whole,
    of.split("\n").flatMap((line) => parse(line)),
    "each line counts for itself",
  );
  return whole.length === 0 ? "nothing" : `${Object.keys(whole[0] as object).length}`;
}

/** Numbers are counts, texts are texts: nothing that has no place in an answer. */
function checked(value: unknown): void {
  if (typeof value === "number") holds(!Number.isNaN(value) && Number.isFinite(value), "a number is one", () => String(value));
  else if (typeof value === "bigint") holds(value < 2n ** 64n && value >= -(2n ** 63n), "an integer has 64 bits", () => String(value));
  else if (Array.isArray(value)) value.forEach(checked);
  else if (typeof value === "object" && value !== null) Object.values(value).forEach(checked);
  else holds(typeof value !== "function" && typeof value !== "symbol", "a value can be sent");
}

const INSPECT = (path: string) =>
  path.length % 3 === 0 ? undefined : ({ kind: path.length % 3 === 1 ? "block" : "directory", major: 8, minor: path.length } as const);

export const PROC: readonly Target[] = [
  {
    name: "mountinfo",
    covers: ["core/os/linux/mounts.ts"],
    seeds: [
      "36 35 98:0 /root /mnt\\040x rw,noatime shared:1 master:2 - ext4 /dev/sda1 rw\n37 36 0:41 / /m rw - btrfs /dev/vdb rw,subvol=/a\n",
      "38 36 0:50 / /o rw,relatime - overlay overlay rw,lowerdir=/l,upperdir=/u\\\\\\054x,workdir=/w\n",
      "1 1 0:1 / - rw - tmpfs\n",
    ],
    words: [" - ", "-", "\\040", "\\134", "\\054", "upperdir=", "overlay", "btrfs", "8:1", ...SPACES],
    bounded: 3000,
    run(input) {
      for (const mount of parseMountInfo(text(input))) {
        holds(mount.mountPoint !== "", "a mount has a place");
        holds(
          [mount.id, mount.parent, mount.major, mount.minor].every((number) => number >= 0),
          "numbers count",
        );
      }
      return lines(parseMountInfo, text(input));
    },
  },
  {
    name: "mounts",
    covers: ["core/os/linux/mounts.ts"],
    seeds: ["/dev/sda1 /mnt ext4 rw 0 0\n//server/share /s cifs rw 0 0\n/dev/root / ext4 rw 0 0\nproc /proc proc rw 0 0\n"],
    words: ["/dev/", "//", "\\040", "\\011", ...SPACES],
    bounded: 2000,
    run(input) {
      const mounts = fromMounts(text(input), INSPECT);
      checked(mounts);
      return mounts[0]?.type;
    },
  },
  {
    name: "cpu-times",
    covers: ["plugins/cpu/cpu-times.ts"],
    seeds: ["cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu1 1 2 3 4\nintr 1 2 3\n", " cpu12 18446744073709551615 0 0 0\n"],
    words: ["cpu", "cpu0 ", "18446744073709551615", ...SPACES],
    bounded: 2000,
    run: (input) => lines((each) => parseCpuTimes(each, 100), text(input)),
  },
  {
    name: "network-statistics",
    covers: ["plugins/network/statistics.ts"],
    seeds: [
      "Inter-|   Receive\n face |bytes\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\nlo:18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
    ],
    words: ["eth0:", "a:b: ", "18446744073709551615", ...SPACES],
    bounded: 2000,
    run: (input) => {
      const found = [...parseStatistics(text(input))];
      checked(found);
      return String(found.length);
    },
  },
  {
    name: "disk-statistics",
    covers: ["plugins/storage/disk-statistics.ts"],
    seeds: [
      "   8       0 sda 1257 63 68458 400 1 2 3 4 5 6 7 8 9 10 11 12 13\n   8       1 sda1 1 2 3 4\n 259 0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11\n",
    ],
    words: ["sda", "18446744073709551615", "18446744073709551616", " 1 2 3 4", ...SPACES],
    bounded: 2000,
    run: (input) => lines(parseDiskStatistics, text(input)),
  },
  {
    name: "routes",
    covers: ["plugins/network/routes.ts", "core/os/linux/inet.ts"],
    seeds: [
      "Iface\tDestination\tGateway\neth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0    \neth0\t0001A8C0\t00000000\t0001\t0\t0\t-1\t00FFFFFF\t0\t0\t0",
      "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n",
      "00000000000000000000ffffc0a80101 80 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 80200001       lo",
    ],
    words: ["eth0", "00000000", "FFFFFFFF", "00000000000000000000000000000000", "-1", "\t0", ...SPACES],
    bounded: 2000,
    run(input) {
      const found = text(input)
        .split("\n")
        .flatMap((line) => [parseIpv4Route(line) ?? [], parseIpv6Route(line) ?? []].flat());
      checked(found);
      for (const { destination } of found) holds(/^[\da-f:.]+$/.test(destination), "an address is one", () => destination);
      return found
        .map(({ version }) => version)
        .join("")
        .slice(0, 4);
    },
  },
  {
    name: "utmp",
    covers: ["core/os/linux/utmp.ts"],
    seeds: [`\x07\0\0\0${"\0".repeat(40)}root${"\0".repeat(292)}\xff\xff\xff\xff\x01\0\0\0${"\0".repeat(36)}`, "\x07\0".repeat(400)],
    words: ["\x07\0", "root", "\0\0\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff"],
    bounded: 2000,
    run(input) {
      const counts = ["x64", "arm64"].map((architecture) => {
        const sessions = parseUtmp(input, utmpLayout(architecture));
        checked(sessions);
        return sessions.length;
      });
      return counts.join();
    },
  },
  {
    name: "os-release",
    covers: ["plugins/system/os-release.ts"],
    seeds: ['NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID=\'12\'\n# x\nPRETTY_NAME="a\\"b\\$c\\`"\nX = y;z\n'],
    words: ["NAME=", '"', "'", "\\", '\\"', "=", ";", "\u2028", ...SPACES],
    bounded: 2000,
    run(input) {
      const values = parseOsRelease(text(input));
      const answer = sent(Object.fromEntries(values) as JsonValue);
      holds(!answer.includes("\\u0000"), "no NUL in an answer");
      return String(values.size);
    },
  },
  {
    name: "nvme-health",
    covers: ["plugins/storage/nvme-health.ts"],
    seeds: ["\0".repeat(512), "\xff".repeat(512), "\x01\x2c\x01\x64\x0a".repeat(110)],
    bounded: 1000,
    run(input) {
      const page = Buffer.alloc(512);
      input.copy(page);
      checked(decodeNvmeHealth(page));
      return undefined;
    },
  },
  {
    name: "authorized-keys",
    covers: ["plugins/accounts/key-list.ts"],
    seeds: ["ssh-rsa AAAA a\n# x\n\nssh-ed25519 BBBB\x01ssh-rsa AAAA a\x01ssh-dss C", "\n\n\x01k", "a\r\nb\x01b"],
    words: ["ssh-rsa AAAA", "\n", "\r\n", "\x01", "#", " ", "\0"],
    bounded: 2000,
    run(input) {
      // The file is a string of bytes, the keys are texts.
      const [file = "", ...rest] = input.toString("latin1").split("\x01");
      const keys = rest.map((key) => Buffer.from(key, "latin1").toString("utf8"));
      const good = keys.filter((key) => !isInvalidKey(key));
      const names = keysOf(withKeys("", good));
      if ([...names, ...keysOf(file)].some((key) => key.includes("\ufffd"))) return "no UTF-8";
      const added = withKeys(file, good);
      same(withKeys(added, good), added, "keys that are there are not added again");
      const removed = keysOf(withoutKeys(added, good));
      const kept = keysOf(file).filter((key) => !names.includes(key));
      same(removed, kept, "keys that were removed are gone, the others stay, in their order");
      return good.length > 0 ? String(keysOf(added).length - keysOf(file).length) : "none";
    },
  },
];
