import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { overrideUnit } from "../agent-unit.ts";
import { until } from "../deadline.ts";
import type { SharedGuest } from "../shared-guest.ts";
import { guardEnds, logOf, mainPid, nextAgent, withOptions } from "./freeze-agent.ts";
import { disks, Writers } from "./freeze-writers.ts";

const place = "/run/slow";
const writeMs = 600;
const mountSeconds = 4;
/** What an agent without load on a real machine is held to; here all takes so many times longer as an idle ping does. */
const promptMs = 100;
const idlePingMs = 1;

const dirty = `head -c 4M /dev/zero >${place}/dirty`;
const table = (how: string) =>
  `loop=$(losetup -nO NAME -j /run/slow.img); size=$(blockdev --getsz $loop); echo "0 $size ${how.replaceAll("DISK", "$loop 0")}"`;
const retable = (how: string) => `${table(how)} | dmsetup reload slow; dmsetup suspend --nolockfs slow; dmsetup resume slow`;

/** A disk that is slow, and one that hangs; the xfs is mounted behind it, and so freezes before it. */
const setUp = [
  "set -e",
  "modprobe -a loop dm_mod dm_delay",
  `truncate -s 64M /run/slow.img; losetup -f /run/slow.img; mkdir ${place}`,
  `(${table("linear DISK")}) | dmsetup create slow`,
  `mke2fs -q -t ext4 /dev/mapper/slow; mount /dev/mapper/slow ${place}`,
  "umount /mnt/xfs; mount /mnt/xfs",
].join("\n");
const takeDown = `dmsetup resume slow; umount ${place}; dmsetup remove slow; losetup -d $(losetup -nO NAME -j /run/slow.img); rm -r /run/slow.img ${place}`;

export function freezeSlowChecks(guest: SharedGuest): void {
  let undo: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    await guest.machine.shell.out(setUp, 60);
    undo = await overrideUnit(guest.machine, withOptions(`--freeze-mount-timeout=${mountSeconds}`));
  }, 90_000);
  afterAll(async () => {
    await guest.machine.shell.run(takeDown, 60);
    await undo?.();
  }, 90_000);

  test("who asks meanwhile on another connection doesn't wait for a slow disk", async () => {
    const { shell } = guest.machine;
    const unit = "second-agent";
    const socket = `/run/${unit}/socket`;
    await shell.out(
      `mkdir -p /run/${unit}; systemd-run --quiet --collect --unit=${unit} lodger -v -m unix-listen -p ${socket} -t /run/${unit}
      until [ -S ${socket} ]; do sleep 0.1; done; ${retable(`delay DISK 0 DISK ${writeMs}`)}; ${dirty}`,
      60,
    );
    const commands = ["guest-ping", "guest-fsfreeze-status", "guest-sync"];
    const script = [
      `coproc CLIENT { socat -t 90 - UNIX-CONNECT:${socket}; }`,
      `ask() { local line start=\${EPOCHREALTIME/./}; echo "{\\"execute\\":\\"$2\\"$3}" >&\${CLIENT[1]}; read -t 60 -r line <&\${CLIENT[0]}; echo "$1 $2 $(((\${EPOCHREALTIME/./} - start) / 1000)) $line"; }`,
      `all() { ask $1 guest-ping; ask $1 guest-fsfreeze-status; ask $1 guest-sync ',"arguments":{"id":7}'; read -rt 0.02 <>/run/${unit}/never; }`,
      `mkfifo /run/${unit}/never`,
      "ask first guest-ping; for ((i = 0; i < 20; i++)); do all idle; done",
      `(echo '{"execute":"guest-fsfreeze-freeze"}'; exec sleep 90) | socat -t 90 - UNIX-CONNECT:${socket} >/run/${unit}/answer & start=\${EPOCHREALTIME/./}`,
      `while [ ! -s /run/${unit}/answer ]; do all freezing; done`,
      `echo "freeze took $(((\${EPOCHREALTIME/./} - start) / 1000)) $(cat /run/${unit}/answer)"`,
      "ask frozen guest-fsfreeze-status; ask frozen guest-fsfreeze-thaw",
    ];
    let lines: string[];
    try {
      lines = (await shell.out(script.join("\n"), 90)).split("\n");
    } finally {
      await shell.run(`pkill -f '^sleep 90$'; systemctl stop ${unit}; rm -r /run/${unit}; ${retable("linear DISK")}`, 60);
    }
    const times = (when: string, command: string) =>
      lines.flatMap((line) => (line.startsWith(`${when} ${command} `) ? [Number(line.split(" ")[2])] : []));
    const [idle = 0] = times("idle", "guest-ping")
      .toSorted((a, b) => a - b)
      .slice(10);
    const factor = Math.max(1, idle / idlePingMs);
    const freezing = times("freeze", "took")[0] ?? 0;
    expect(lines.at(-3)).toMatch(/ \{"return": 4\}$/);
    expect(lines.slice(-2).map((line) => line.split(" ").slice(3).join(" "))).toEqual(['{"return": "frozen"}', '{"return": 4}']);
    expect(freezing).toBeGreaterThan(2 * writeMs);
    const longest = commands.map((command) => {
      const all = times("freezing", command);
      expect(all.length).toBeGreaterThan(10);
      expect(Math.max(...all), command).toBeLessThan(promptMs * factor);
      return `${command} ${all.length} times, at most ${Math.max(...all)} ms`;
    });
    guest.saw(
      `freeze of ${(freezing / 1000).toFixed(1)} s (each write takes ${writeMs} ms by dm-delay): meanwhile on another connection ${longest.join(", ")}; idle, the median of a ping is ${idle} ms, so the bound is ${promptMs} ms times ${factor}`,
    );
  });

  test("a disk that hangs: the freeze ends at its time limit, everything else thaws, and it is thawed when it comes back", async () => {
    const { machine } = guest;
    const { shell } = machine;
    const pid = await shell.out(mainPid);
    const writers = await Writers.start(machine, disks);
    await shell.out(`${dirty}; dmsetup suspend --nolockfs --noflush slow`);
    await machine.withAgent(async (agent) => {
      const started = performance.now();
      const { desc } = await agent.failure("guest-fsfreeze-freeze");
      const refusing = performance.now() - started;
      expect(desc).toContain(`${place}: it takes too long`);
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      await writers.expectGoingOn(await writers.counts());
      expect((await agent.failure("guest-fsfreeze-freeze")).desc).toContain("still hangs in the kernel");
      await shell.out("dmsetup resume slow");
      await logOf(machine, pid, /\/run\/slow has been frozen at last, and was thawed/);
      await shell.out(`echo written >${place}/after-thaw`);
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(4);
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(4);
      guest.saw(
        `a disk that hangs, --freeze-mount-timeout=${mountSeconds}: after ${refusing.toFixed(0)} ms "${desc}"; resumed, it is thawed and freezes again`,
      );
    });
    await writers.finish();
    await guardEnds(machine);
  });

  test("a disk that hangs: a client that syncs has given its freeze up, and thaw answers", async () => {
    const { machine } = guest;
    const { shell } = machine;
    const pid = await shell.out(mainPid);
    const writers = await Writers.start(machine, disks);
    await shell.out(`${dirty}; dmsetup suspend --nolockfs --noflush slow`);
    try {
      await machine.withAgent(async (agent) => {
        agent.sendRequest("guest-fsfreeze-freeze");
        await sleep(1000);
        let started = performance.now();
        await agent.sync(20_000);
        const syncing = performance.now() - started;
        expect(syncing).toBeLessThan(5000);
        started = performance.now();
        expect(await agent.call("guest-fsfreeze-thaw", {}, 20_000)).toBe(0);
        const thawing = performance.now() - started;
        expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
        await writers.expectGoingOn(await writers.counts());
        guest.saw(
          `a disk that hangs: the client's sync was answered after ${syncing.toFixed(0)} ms and its thaw, 0, after ${thawing.toFixed(0)} ms; all writers go on`,
        );
      });
    } finally {
      await shell.run("dmsetup resume slow");
    }
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(4);
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(4);
    });
    await logOf(machine, pid, /thawed by guest-fsfreeze-thaw: 4/);
    await writers.finish();
    await guardEnds(machine);
  });

  test("a disk that hangs: the agent killed while it freezes, everything else thaws at once, and it is thawed when it comes back", async () => {
    const { machine } = guest;
    const { shell } = machine;
    const pid = await shell.out(mainPid);
    const writers = await Writers.start(machine, disks.slice(-1));
    await shell.out(`${dirty}; dmsetup suspend --nolockfs --noflush slow`);
    const agent = await machine.agent();
    try {
      await agent.sync();
      agent.sendRequest("guest-fsfreeze-freeze");
      await until(10_000, "the xfs to freeze", async () => ((await writers.states())[0] === "D" ? true : undefined));
      const milliseconds = await writers.goOnAfter(`kill -9 ${pid}`);
      expect(milliseconds).toBeLessThan(2000);
      guest.saw(`a disk that hangs, the agent killed while it freezes: the xfs that was frozen before is thawed after ${milliseconds} ms`);
    } finally {
      agent.close();
      await shell.run("dmsetup resume slow");
    }
    const now = await nextAgent(machine, pid);
    await guardEnds(machine);
    await shell.out(`echo written >${place}/after-thaw`);
    await machine.withAgent(async (next) => {
      expect(await next.call("guest-fsfreeze-status")).toBe("thawed");
      expect(await next.call("guest-fsfreeze-thaw")).toBe(0);
    });
    const { line } = await logOf(machine, now, /ended while file systems were frozen/);
    guest.saw(`the disk resumed: it can be written, and the next agent said: ${line}`);
    await writers.finish();
  });
}
