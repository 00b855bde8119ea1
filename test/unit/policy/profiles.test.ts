/** Which profile has which command: every one of them by hand, so that none slips into another by accident. */
import { describe, expect, test } from "vitest";
import { profileOf } from "../../../core/policy/profiles.ts";
import { PROFILES, type Profile } from "../../../core/policy/rules.ts";
import { COMMANDS, isAllowed, rulesOf } from "./ask.ts";

const SMALLEST: Readonly<Record<string, Profile>> = {
  "guest-sync": "none",
  "guest-sync-delimited": "none",
  "guest-ping": "observe",
  "guest-info": "observe",
  "guest-get-time": "observe",
  "guest-set-time": "standard",
  "guest-shutdown": "standard",
  "guest-file-open": "full",
  "guest-file-close": "full",
  "guest-file-read": "full",
  "guest-file-write": "full",
  "guest-file-seek": "full",
  "guest-file-flush": "full",
  "guest-fsfreeze-status": "observe",
  "guest-fsfreeze-freeze": "backup",
  "guest-fsfreeze-freeze-list": "backup",
  "guest-fsfreeze-thaw": "backup",
  "guest-lodger-freeze-plan": "observe",
  "guest-lodger-stats": "observe",
  "guest-suspend-disk": "standard",
  "guest-suspend-ram": "standard",
  "guest-suspend-hybrid": "standard",
  "guest-network-get-interfaces": "observe",
  "guest-network-get-route": "observe",
  "guest-get-vcpus": "observe",
  "guest-set-vcpus": "standard",
  "guest-get-cpustats": "observe",
  "guest-get-load": "observe",
  "guest-fstrim": "standard",
  "guest-get-disks": "observe",
  "guest-get-fsinfo": "observe",
  "guest-get-diskstats": "observe",
  "guest-get-memory-blocks": "observe",
  "guest-set-memory-blocks": "standard",
  "guest-get-memory-block-info": "observe",
  "guest-exec": "full",
  "guest-exec-status": "full",
  "guest-get-host-name": "observe",
  "guest-get-osinfo": "observe",
  "guest-get-timezone": "observe",
  "guest-get-devices": "observe",
  "guest-set-user-password": "full",
  "guest-get-users": "observe",
  "guest-ssh-get-authorized-keys": "full",
  "guest-ssh-add-authorized-keys": "full",
  "guest-ssh-remove-authorized-keys": "full",
};

test("the table has every command that is built in by itself", () => {
  const standard = COMMANDS.filter(({ parity, name }) => parity !== undefined || name.startsWith("guest-lodger-"));
  expect(standard.map(({ name }) => name).toSorted()).toEqual(Object.keys(SMALLEST).toSorted());
});

describe.each(PROFILES)("the profile %s", (profile) => {
  const rules = rulesOf(`profile = "${profile}"`);
  test.each(Object.entries(SMALLEST))("%s, which is in %s", async (name, smallest) => {
    expect(await isAllowed(rules, name)).toBe(PROFILES.indexOf(smallest) <= PROFILES.indexOf(profile));
  });
});

test("a plugin's command that declares nothing is only in full", () => {
  expect(profileOf({})).toBe("full");
});
