/** Each check of `lodger doctor` on a healthy machine, and on machines that are broken in one place. */
import { describe, expect, test } from "vitest";
import { doctorText, statusOf } from "../../../core/cli/doctor-text.ts";
import { CHECKS, examine } from "../../../core/doctor/checks.ts";
import { BROKEN } from "./broken.ts";
import { found, NOW, RUNNING, subjectOf, type World } from "./broken-machine.ts";

const named = (name: string) => CHECKS.find((check) => check.name === name) ?? expect.unreachable(`there is no check ${name}`);

test("in a healthy guest all is well", async () => {
  const results = await examine(subjectOf());
  expect(results.map(({ name }) => name)).toEqual(CHECKS.map(({ name }) => name));
  expect(results.flatMap(({ findings }) => findings).filter(({ status }) => status !== "ok" && status !== "not applicable")).toEqual([]);
  expect(statusOf(results)).toBe(0);
  expect(doctorText(results, undefined)).toContain("All is well.");
});

test.each(BROKEN)("%s: %s", async (check, _, world, status, seen, advice) => {
  const hit = (await found(named(check), world)).find((each) => each.status === status && seen.test(each.seen));
  expect(hit, JSON.stringify(await found(named(check), world))).toBeDefined();
  expect(hit?.advice).toMatch(advice);
  const results = await examine(subjectOf(world), [named(check)]);
  expect(statusOf(results)).toBe(status === "problem" ? 2 : status === "warning" ? 1 : 0);
});

test("every check is broken by something, but the one that only tells", () => {
  const without = CHECKS.filter(({ name }) => !BROKEN.some(([check]) => check === name));
  expect(without.map(({ name }) => name)).toEqual(["commands"]);
});

test.each(BROKEN)("%s: %s: who reads of it learns what to do", async (check, _, world) => {
  for (const { status, advice } of await found(named(check), world)) {
    if (status === "problem" || status === "warning" || status === "not checked") expect(advice).toMatch(/\S/);
  }
});

describe("what is not wrong", () => {
  test.each<[string, string, World]>([
    ["clock", "the hardware's shows a zone's time", { tree: { "/sys/class/rtc/rtc0/since_epoch": String(NOW / 1000 + 5.5 * 3600) } }],
    [
      "other-agents",
      "a masked qemu-ga",
      {
        tree: {
          "/usr/lib/systemd/system/qemu-guest-agent.service": "",
          "/etc/systemd/system/qemu-guest-agent.service": { link: "/dev/null" },
        },
      },
    ],
    ["other-agents", "a qemu-ga on another port", { tree: RUNNING(800, "qemu-ga", "-p", "/dev/virtio-ports/other") }],
    ["agent", "another agent of ours on another path", { tree: RUNNING(701, "lodger", "--method=unix-listen", "--path=/run/x") }],
    ["state-folder", "a folder like /tmp", { tree: { "/var/run": { mode: 0o1777 } } }],
    [
      "selinux",
      "another program's denials",
      { tree: { "/sys/fs/selinux/enforce": "1" }, programs: { journalctl: 'avc:  denied comm="sshd"' } },
    ],
    ["plugins", "one that is switched off", { subject: { plugins: async () => [{ name: "mine", state: "off" }] } }],
  ])("%s: %s", async (check, _, world) => {
    expect((await found(named(check), world)).map(({ status }) => status)).toEqual(["ok"]);
  });
});

test("commands: what is left out and refused is told, with how to find out why", async () => {
  const commands = async () => ({ count: 45, unsupported: new Map([["guest-suspend-ram", "no firmware"]]), refused: ["guest-exec"] });
  const seen = (await found(named("commands"), { subject: { commands } })).map((each) => each.seen);
  expect(seen).toEqual([
    "44 of 45 commands are there",
    "guest-suspend-ram is left out: no firmware",
    expect.stringContaining("refuse guest-exec: 'lodger policy explain"),
  ]);
});

test("a check that fails itself says so, and the others go on", async () => {
  const fails = { name: "fails", look: () => Promise.reject(new Error("a bug")) };
  const results = await examine(subjectOf(), [fails, named("system")]);
  expect(results[0]?.findings).toEqual([expect.objectContaining({ status: "not checked", seen: "this check failed itself: a bug" })]);
  expect(results[1]?.findings[0]?.status).toBe("ok");
});

test("on another system most is not applicable, and nothing is wrong", async () => {
  const results = await examine(subjectOf({ machine: { platform: "win32" } }));
  expect(statusOf(results)).toBe(0);
  expect(results.find(({ name }) => name === "port")?.findings[0]?.status).toBe("not applicable");
});
