import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { until } from "../deadline.ts";
import type { Machine } from "../machine.ts";
import { run } from "../process.ts";
import type { SharedGuest } from "../shared-guest.ts";

const mounts = [
  { name: "root", file: "/var/lib/frozen-writer" },
  { name: "ext4", file: "/mnt/ext4/frozen-writer" },
  { name: "xfs", file: "/mnt/xfs/frozen-writer" },
];

interface GuestInfo {
  readonly supported_commands: readonly { readonly name: string; readonly enabled: boolean }[];
}

/** A writer on each file system. It notes in /run, which never freezes, how far it has come. */
async function startWriters(machine: Machine): Promise<void> {
  for (const { name, file } of mounts) {
    const loop = `for ((i = 1; ; i++)); do echo $i >>${file}; echo $i >/run/writer-${name}.count; sleep 0.02; done`;
    await machine.shell.out(
      `rm -f ${file} /run/writer-${name}.*; setsid bash -c '${loop}' >/dev/null 2>&1 & echo $! >/run/writer-${name}.pid`,
    );
  }
  await until(20_000, "the writers to write", async () => ((await counts(machine)).every((count) => count > 3) ? true : undefined));
}

async function counts(machine: Machine): Promise<number[]> {
  const lines = await machine.shell.out(mounts.map(({ name }) => `echo $(cat /run/writer-${name}.count)`).join(";"));
  return lines.split("\n").map(Number);
}

/** The kernel's word for each writer: D is a sleep that nothing but the awaited event ends. */
async function states(machine: Machine): Promise<string[]> {
  const lines = await machine.shell.out(mounts.map(({ name }) => `cut -d' ' -f3 /proc/$(cat /run/writer-${name}.pid)/stat`).join(";"));
  return lines.split("\n");
}

async function expectBlocked(machine: Machine): Promise<void> {
  await until(10_000, "all writers to block", async () => ((await states(machine)).every((state) => state === "D") ? true : undefined));
  const before = await counts(machine);
  await sleep(1500);
  expect(await counts(machine)).toEqual(before);
  expect(await states(machine)).toEqual(["D", "D", "D"]);
}

async function expectGoingOn(machine: Machine, before: readonly number[]): Promise<void> {
  await until(20_000, "all writers to go on", async () => {
    const now = await counts(machine);
    return now.every((count, index) => count > (before[index] ?? 0) + 3) ? true : undefined;
  });
}

/** Ends the writers and gives what they wrote: every number once, in order, whatever froze in between. */
async function finishWriters(machine: Machine): Promise<void> {
  for (const { name, file } of mounts) {
    await machine.shell.out(`kill $(cat /run/writer-${name}.pid); while [ -e /proc/$(cat /run/writer-${name}.pid) ]; do sleep 0.05; done`);
    const complete = `cmp <(seq $(wc -l <${file})) ${file} && wc -l <${file}`;
    expect(Number(await machine.shell.out(complete))).toBeGreaterThan(5);
  }
}

/** On the disk image a frozen ext4 is as clean as an unmounted one. */
async function journalNeedsRecovery(image: string): Promise<boolean> {
  return /^Filesystem features:.* needs_recovery/m.test(await run("dumpe2fs", ["-h", image]));
}

export function freezeChecks(guest: SharedGuest): void {
  afterEach(async () => {
    // so that a failed test does not take the ones behind it along
    await guest.machine.shell.run("fsfreeze -u /mnt/xfs; fsfreeze -u /mnt/ext4; fsfreeze -u /; kill $(cat /run/writer-*.pid)");
  });

  test("a freeze really stops the writers of all three file systems, a thaw lets them go on", async () => {
    const { machine } = guest;
    await startWriters(machine);
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      expect([await journalNeedsRecovery(machine.disks.root), await journalNeedsRecovery(machine.disks.ext4)]).toEqual([true, true]);
      const started = performance.now();
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
      const freezing = performance.now() - started;
      expect(await agent.call("guest-fsfreeze-status")).toBe("frozen");
      await expectBlocked(machine);
      expect([await journalNeedsRecovery(machine.disks.root), await journalNeedsRecovery(machine.disks.ext4)]).toEqual([false, false]);
      const frozenAt = await counts(machine);

      const disabled = { class: "CommandNotFound", desc: expect.stringContaining("has been disabled") };
      expect(await agent.failure("guest-fsfreeze-freeze")).toEqual(disabled);
      expect(await agent.failure("guest-file-open", { path: "/etc/hostname" })).toEqual(disabled);
      const info = (await agent.call("guest-info")) as GuestInfo;
      expect(
        info.supported_commands
          .filter((command) => command.enabled)
          .map((command) => command.name)
          .toSorted(),
      ).toEqual(["guest-fsfreeze-status", "guest-fsfreeze-thaw", "guest-info", "guest-ping", "guest-sync", "guest-sync-delimited"]);

      expect(await agent.call("guest-fsfreeze-thaw")).toBe(3);
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      await expectGoingOn(machine, frozenAt);
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(0);
      guest.saw(
        `guest-fsfreeze: 3 file systems in ${freezing.toFixed(0)} ms, writers in state D at ${frozenAt.join(", ")} lines, both ext4 images clean, thawed 3, all go on`,
      );
    });
    await finishWriters(machine);
  });

  test("the frozen state survives the agent: killed and started again it knows, and thaws", async () => {
    const { machine } = guest;
    await startWriters(machine);
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
    });
    await expectBlocked(machine);
    const frozenAt = await counts(machine);
    const mainPid = "systemctl show -p MainPID --value lodger";
    const killed = await machine.shell.out(`${mainPid}; kill -9 $(${mainPid})`);
    const started = performance.now();
    await until(30_000, "systemd to start the agent again", async () => {
      const pid = await machine.shell.out(mainPid);
      return pid !== "0" && pid !== killed ? true : undefined;
    });
    await machine.withAgent(async (agent) => {
      const answering = performance.now() - started;
      expect(await agent.call("guest-fsfreeze-status")).toBe("frozen");
      expect((await agent.failure("guest-file-open", { path: "/etc/hostname" })).class).toBe("CommandNotFound");
      expect(await states(machine)).toEqual(["D", "D", "D"]);
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(3);
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      const handle = await agent.call("guest-file-open", { path: "/etc/hostname" });
      await agent.call("guest-file-close", { handle });
      guest.saw(
        `guest-fsfreeze: killed while frozen, started by systemd and answering in ${answering.toFixed(0)} ms, still frozen, thawed 3`,
      );
    });
    await expectGoingOn(machine, frozenAt);
    await finishWriters(machine);
  });

  test("SIGTERM while frozen leaves no file system behind that nobody thaws", async () => {
    const { machine } = guest;
    await startWriters(machine);
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
    });
    await expectBlocked(machine);
    const frozenAt = await counts(machine);
    const mainPid = "systemctl show -p MainPID --value lodger";
    const before = await machine.shell.out(`${mainPid}; kill -TERM $(${mainPid})`);
    await sleep(2000);
    const ignored = (await machine.shell.out(mainPid)) === before;
    await machine.withAgent(async (agent) => {
      // qemu-ga ignores the signal and waits for its thaw; to thaw and to end is as good
      expect(await agent.call("guest-fsfreeze-status")).toBe(ignored ? "frozen" : "thawed");
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(ignored ? 3 : 0);
    });
    await expectGoingOn(machine, frozenAt);
    await finishWriters(machine);
    guest.saw(`guest-fsfreeze: SIGTERM while frozen: the agent ${ignored ? "ignored it" : "thawed and ended"}, all writers go on`);
  });

  test("a file system that someone else froze is passed over by freeze, and thawed by thaw", async () => {
    const { machine } = guest;
    await machine.shell.out("fsfreeze -f /mnt/ext4");
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(2);
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(3);
      await machine.shell.out(
        "echo written >/mnt/ext4/after-thaw && echo written >/mnt/xfs/after-thaw && echo written >/var/lib/after-thaw",
      );
    });
    guest.saw("guest-fsfreeze: with ext4 frozen by fsfreeze(8) before: freeze 2, thaw 3, all three can be written");
  });

  test("a list freezes what it names, and nothing else", async () => {
    const { machine } = guest;
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-freeze-list", { mountpoints: ["/mnt/ext4", "/nowhere"] })).toBe(1);
      await machine.shell.out("echo written >/mnt/xfs/while-frozen && echo written >/var/lib/while-frozen");
      await machine.shell.out("setsid sh -c 'echo written >/mnt/ext4/while-frozen; echo >/run/written' >/dev/null 2>&1 &");
      await sleep(1000);
      expect((await machine.shell.run("test -e /run/written")).status).toBe(1);
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(1);
    });
    await until(10_000, "the writer to go on", async () => ((await machine.shell.run("rm /run/written")).status === 0 ? true : undefined));
    guest.saw("guest-fsfreeze-freeze-list: /mnt/ext4 frozen, xfs and root can be written meanwhile, thawed 1");
  });
}
