import { afterAll, expect, test } from "vitest";
import type { AgentClient } from "../agent-client.ts";
import { PluggedDevices } from "../plugged-devices.ts";
import type { SharedGuest } from "../shared-guest.ts";
import { guardEnds, logOf, mainPid } from "./freeze-agent.ts";
import { disks, Writers } from "./freeze-writers.ts";

/** So many, but by default no longer than a minute: a guard is a process, which takes its time where every instruction is emulated. */
const cycles = Number(process.env.LODGER_GUEST_FREEZES ?? 200);
const enoughMs = process.env.LODGER_GUEST_FREEZES === undefined ? 60_000 : Number.POSITIVE_INFINITY;
const cycleMs = 10_000;

export function freezeOftenChecks(guest: SharedGuest): void {
  afterAll(async () => {
    await guest.machine.shell.run("kill $(cat /run/load.pid); rm -f /run/load.pid /var/lib/load /mnt/{ext4,xfs}/load");
  }, 60_000);

  test(
    "freezes and thaws again and again under load",
    async () => {
      const { machine } = guest;
      const writers = await Writers.start(machine);
      const load = "while :; do for file in /var/lib/load /mnt/{ext4,xfs}/load; do head -c 256K /dev/zero >$file; done; sleep 0.2; done";
      await machine.shell.out(`setsid bash -c '${load}' >/dev/null 2>&1 & echo $! >/run/load.pid`);
      const times: Times[] = [];
      await machine.withAgent(async (agent) => {
        const end = performance.now() + enoughMs;
        while (times.length < cycles && performance.now() < end) times.push(await cycle(agent));
      });
      await writers.expectGoingOn(await writers.counts());
      const lines = await writers.finish();
      await guardEnds(machine);
      const { all } = await logOf(machine, await machine.shell.out(mainPid), /thawed by/);
      const reports = all.filter((line) => line.includes("thawed by"));
      expect(reports.length).toBe(times.length);
      expect(all.filter((line) => /: error:|the guard (was gone|did not end)/.test(line))).toEqual([]);
      // a guard that isn't there in time is no reason not to freeze; emulated, on a busy machine, its start may take that long
      const unguarded = all.filter((line) => /message: the guard .* can't be started/.test(line)).length;
      expect(unguarded).toBeLessThan(times.length / 2);
      // the root freezes last and thaws first, which is how long nothing can be written there
      const frozen = reports.flatMap((line) => Number(/ \/ \(ext4\) for ([\d.]+) s/.exec(line)?.[1]) * 1000);
      guest.saw(
        `${times.length} cycles of freeze and thaw under load: freeze ${spread(times.map(({ freezing }) => freezing))}, thaw ${spread(times.map(({ thawing }) => thawing))}, the root frozen for ${spread(frozen)}, ${unguarded} without a guard; nothing lost in ${lines.join(", ")} lines`,
      );
    },
    Math.max(120_000, enoughMs === Number.POSITIVE_INFINITY ? cycles * cycleMs : 0),
  );

  test("freezes three file systems, beside qemu-ga", async () => {
    const { machine } = guest;
    const devices = new PluggedDevices(machine);
    const unit = "freezing-reference";
    const connect = await devices.port(unit);
    const program = `/usr/sbin/qemu-ga -m virtio-serial -p /dev/virtio-ports/${unit} -t /run/${unit}`;
    await machine.shell.out(`mkdir /run/${unit}; systemd-run --quiet --collect --unit=${unit} ${program}`);
    const reference = await connect();
    try {
      await reference.sync();
      const { version } = (await reference.call("guest-info")) as { version: string };
      const [ours, theirs]: [Times[], Times[]] = [[], []];
      for (let round = 0; round < 3; round++) {
        ours.push(await machine.withAgent(cycle));
        theirs.push(await cycle(reference));
      }
      const all = { lodger: ours, [`qemu-ga ${version}`]: theirs };
      const figures = Object.entries(all).map(([name, times]) => {
        return `${name} freeze ${spread(times.map(({ freezing }) => freezing))}, thaw ${spread(times.map(({ thawing }) => thawing))}`;
      });
      guest.saw(`three file systems, nothing to write: ${figures.join("; ")}`);
    } finally {
      reference.close();
      await machine.shell.run(`systemctl stop ${unit}; rm -r /run/${unit}`);
      await devices.unplug();
    }
  });
}

interface Times {
  readonly freezing: number;
  readonly thawing: number;
}

async function cycle(agent: AgentClient): Promise<Times> {
  const started = performance.now();
  expect(await agent.call("guest-fsfreeze-freeze", undefined, cycleMs)).toBe(disks.length);
  const frozen = performance.now();
  expect(await agent.call("guest-fsfreeze-thaw", undefined, cycleMs)).toBe(disks.length);
  return { freezing: frozen - started, thawing: performance.now() - frozen };
}

/** Median and longest. */
function spread(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  return `${sorted[sorted.length >> 1]?.toFixed(0)} (at most ${sorted.at(-1)?.toFixed(0)}) ms`;
}
