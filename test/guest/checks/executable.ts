import { randomBytes } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { until } from "../deadline.ts";
import type { AnyGuest } from "../shared-guest.ts";
import { open, read } from "./files.ts";
import { endWriters, Writers } from "./freeze-writers.ts";

const MiB = 1024 * 1024;
const size = 4 * MiB;
/** A freeze starts a guard, which is the whole executable once more: seconds, where every instruction is emulated on a busy machine. */
const patience = 120_000;

/** What one file is called in the guest, in /usr/local/sbin, and what it says of itself. */
export interface GuestExecutable {
  readonly name: string;
  /** As `lodger --version` has it: runtime and target. */
  readonly version: RegExp;
  /** As `uname -m` says it there. */
  readonly machine: string;
}

/**
 * What an executable for another processor or C library has to do on a real port and a real kernel: everything that takes native calls,
 * once. The guest has started it as its agent, without options, and starts it again when it ends.
 */
export function executableChecks(guest: AnyGuest, { name, version, machine: processor }: GuestExecutable): void {
  const program = `/usr/local/sbin/${name}`;
  const agentPid = `pgrep -xf '${program}'`;
  const guardPid = `pgrep -xf '${program} freeze-guard'`;

  afterEach(async ({ task }) => {
    const { shell } = guest.machine;
    await shell.run(endWriters);
    // so that a failed test does not take the ones behind it along
    const thaw = "for folder in / /mnt/ext4 /mnt/xfs; do fsfreeze --unfreeze $folder; done";
    if (task.result?.state === "fail") await shell.run(`kill -9 $(pgrep -f '^${program}'); ${thaw}`);
  }, 60_000);

  test("sync, info, system, network, mounts and processors", async () => {
    const { machine } = guest;
    expect(await machine.shell.out(`${program} --version`, 60)).toMatch(version);
    await machine.shell.out(agentPid);
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-sync", { id: 16 })).toBe(16);
      expect(await agent.call("guest-info")).toMatchObject({ version: expect.stringContaining("lodger") });
      expect(await agent.call("guest-get-osinfo")).toMatchObject({
        machine: processor,
        id: "debian",
        "kernel-release": await machine.shell.out("uname -r"),
      });
      expect(await agent.call("guest-network-get-interfaces")).toContainEqual(
        expect.objectContaining({
          name: "eth0",
          "hardware-address": "52:54:00:00:00:01",
          "ip-addresses": expect.arrayContaining([{ "ip-address": "10.0.2.15", "ip-address-type": "ipv4", prefix: 24 }]),
        }),
      );
      const mounts = (await agent.call("guest-get-fsinfo")) as { mountpoint: string; type: string }[];
      const types = Object.fromEntries(mounts.map(({ mountpoint, type }) => [mountpoint, type]));
      expect(types).toMatchObject({ "/": "ext4", "/mnt/ext4": "ext4", "/mnt/xfs": "xfs" });
      expect(await agent.call("guest-get-vcpus")).toHaveLength(Number(await machine.shell.out("nproc")));
      expect(await agent.call("guest-get-host-name")).toEqual({ "host-name": await machine.shell.out("hostname") });
      const seconds = Number(await machine.shell.out("date +%s"));
      expect(Math.abs(Number((await agent.call("guest-get-time")) as bigint) / 1e9 - seconds)).toBeLessThan(60);
    });
  });

  test("a processor goes offline and comes back", async () => {
    const { machine } = guest;
    const set = (online: boolean) => machine.withAgent((agent) => agent.call("guest-set-vcpus", { vcpus: [{ "logical-id": 1, online }] }));
    const online = "cat /sys/devices/system/cpu/online";
    expect(await machine.shell.out(online)).toBe("0-1");
    expect(await set(false)).toBe(1);
    expect(await machine.shell.out(online)).toBe("0");
    expect(await set(true)).toBe(1);
    expect(await machine.shell.out(online)).toBe("0-1");
  });

  test("a file arrives whole, and comes back", async () => {
    const content = randomBytes(size);
    await guest.machine.withAgent(async (agent) => {
      const started = performance.now();
      const to = await open(agent, "/mnt/xfs/from-host", "w");
      for (let offset = 0; offset < size; offset += MiB) {
        const piece = content.subarray(offset, offset + MiB).toString("base64");
        expect(await agent.call("guest-file-write", { handle: to, "buf-b64": piece })).toEqual({ count: MiB, eof: false });
      }
      await agent.call("guest-file-close", { handle: to });
      const from = await open(agent, "/mnt/xfs/from-host", "r");
      const { bytes } = await read(agent, from, size);
      expect(bytes.equals(content)).toBe(true);
      expect((await read(agent, from, 1)).eof).toBe(true);
      await agent.call("guest-file-close", { handle: from });
      const seconds = (performance.now() - started) / 1000;
      guest.saw(`${name}: ${size / MiB} MiB written in pieces of 1 MiB and read again at once: ${seconds.toFixed(1)} s`);
    });
    await guest.machine.shell.out("rm /mnt/xfs/from-host");
  });

  test("a program gets its input, and its output and status come back", async () => {
    await guest.machine.withAgent(async (agent) => {
      const arg = ["-c", "cat; echo to standard error >&2; exit 3"];
      const input = Buffer.from("for cat\n").toString("base64");
      const { pid } = (await agent.call("guest-exec", { path: "sh", arg, "input-data": input, "capture-output": true })) as { pid: number };
      const status = await until(60_000, "the program to end", async () => {
        const answer = (await agent.call("guest-exec-status", { pid })) as { exited: boolean };
        return answer.exited ? answer : undefined;
      });
      expect(status).toMatchObject({
        exitcode: 3,
        "out-data": input,
        "err-data": Buffer.from("to standard error\n").toString("base64"),
      });
    });
  });

  test("hosts come and go, in the middle of a request too", async () => {
    for (const half of ['{"execute": "guest-pi', '{"execute": "guest-file-write", "arguments": {"handle": 1000, "buf-b64": "aGVsb']) {
      const first = await guest.machine.agent();
      await first.sync();
      first.send(half);
      // on its way before the host leaves
      await guest.machine.shell.out(":");
      first.close();
      await guest.machine.withAgent(async (second) => expect(await second.call("guest-ping")).toEqual({}));
    }
  });

  test("a freeze stops all writers, and another client thaws", async () => {
    const { machine } = guest;
    const writers = await Writers.start(machine);
    const started = performance.now();
    await machine.withAgent(async (agent) => expect(await agent.call("guest-fsfreeze-freeze", {}, patience)).toBe(3));
    const freezing = performance.now() - started;
    const frozenAt = await writers.expectBlocked();
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-status")).toBe("frozen");
      expect(await agent.call("guest-fsfreeze-thaw", {}, patience)).toBe(3);
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
    });
    await writers.expectGoingOn(frozenAt);
    await writers.finish();
    guest.saw(`${name}: 3 file systems frozen in ${freezing.toFixed(0)} ms with sync, all writers in state D, thawed by the next client`);
  });

  test("killed while frozen, its guard thaws, and the next agent answers", async () => {
    const { machine } = guest;
    const writers = await Writers.start(machine);
    await machine.withAgent(async (agent) => expect(await agent.call("guest-fsfreeze-freeze", {}, patience)).toBe(3));
    const frozenAt = await writers.expectBlocked();
    const [before, guard] = (await machine.shell.out(`${agentPid}; ${guardPid}`)).split("\n");
    expect(guard).toMatch(/^\d+$/);
    const milliseconds = await writers.goOnAfter(`kill -9 ${before}`);
    await writers.expectGoingOn(frozenAt);
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      expect(await agent.call("guest-fsfreeze-thaw", {}, patience)).toBe(0);
    });
    expect(await machine.shell.out(agentPid)).not.toBe(before);
    await until(20_000, "the guard to end", async () => ((await machine.shell.run(guardPid)).status === 0 ? undefined : true));
    await writers.finish();
    guest.saw(`${name}: killed by SIGKILL while frozen, all writers go on after ${milliseconds} ms`);
  });
}
