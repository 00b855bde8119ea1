/** guest-get-fsinfo and guest-get-disks on the live machine; see storage.test.ts for file systems made for the test. */
import type { Scenario, Step } from "./scenario.ts";
import { call } from "./steps.ts";
import { WORLD_OF_DISKS } from "./sysfs-of-disks.ts";

export const FSINFO: Step = call("guest-get-fsinfo");
export const DISKS: Step = call("guest-get-disks");

/** How much of the machine's file systems is used changes while others write; those made for a test are smaller than this. */
const LARGE = 1_000_000_000;

export function largeMasked(line: string): string {
  return line.replace(/("used-bytes": )(\d+)/g, (all, before: string, bytes: string) =>
    Number(bytes) > LARGE ? `${before}"<bytes>"` : all,
  );
}

export const STORAGE_SCENARIOS: readonly Scenario[] = [
  { id: "file systems of this machine", masked: largeMasked, steps: [FSINFO, call("guest-get-fsinfo", "{}")] },
  {
    id: "disks of another machine",
    // 7.2 knows neither USB nor these sizes.
    generations: ["current", "11"],
    world: WORLD_OF_DISKS,
    // The library would see that this is no sysfs.
    env: { SYSTEMD_DEVICE_VERIFY_SYSFS: "0" },
    masked: largeMasked,
    steps: [DISKS, FSINFO],
  },
  { id: "disks of this machine", steps: [DISKS, call("guest-get-disks", "{}")] },
];
