/** Counters of the kernel's that no integer of 64 bits holds: found by the fuzzer, which once got them into answers. */
import { expect, test } from "vitest";
import { parseMountInfo } from "../../../core/os/linux/mounts.ts";
import { parseCpuTimes } from "../../../plugins/cpu/cpu-times.ts";
import { parseStatistics } from "../../../plugins/network/statistics.ts";
import { parseDiskStatistics } from "../../../plugins/storage/disk-statistics.ts";

/** 2 to the power of 64, and 5. */
const TOO_LARGE = "18446744073709551621";
const LARGEST = "18446744073709551615";

test("/proc/stat: the rest of 64 bits, also behind the conversion to milliseconds", () => {
  expect(parseCpuTimes(`cpu0 ${TOO_LARGE} ${LARGEST} 1 2\n`, 1000)).toEqual([
    { type: "linux", cpu: 0, user: 5, nice: 18446744073709551615n, system: 1, idle: 2 },
  ]);
  expect(parseCpuTimes(`cpu0 ${LARGEST} 0 0 0\n`, 100)[0]?.user).toBe(18446744073709551606n);
});

test("/proc/net/dev", () => {
  const line = `  eth0: ${TOO_LARGE} ${LARGEST} ${Array(14).fill("3").join(" ")}`;
  expect(parseStatistics(line).get("eth0")).toMatchObject({ "rx-bytes": 5n, "rx-packets": 18446744073709551615n, "tx-bytes": 3 });
});

test("/proc/diskstats", () => {
  const [disk] = parseDiskStatistics(` 8 0 sda ${TOO_LARGE} ${LARGEST} ${Array(9).fill("3").join(" ")}`);
  expect(Object.values(disk?.stats ?? {}).slice(0, 2)).toEqual([5n, 18446744073709551615n]);
});

test.each([TOO_LARGE, LARGEST, "99999999999", "Infinity", "1e999", "0x8", "-1"])("mountinfo: %s is no device number", (number) => {
  expect(parseMountInfo(`36 35 ${number}:0 / /mnt rw - ext4 /dev/sda1 rw`)).toEqual([]);
  expect(parseMountInfo(`${number} 35 8:0 / /mnt rw - ext4 /dev/sda1 rw`)).toEqual([]);
  expect(parseMountInfo("36 35 8:0 / /mnt rw - ext4 /dev/sda1 rw")).toHaveLength(1);
});
