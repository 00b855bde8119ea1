import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { until } from "../deadline.ts";
import type { SharedGuest } from "../shared-guest.ts";
import { open } from "./files.ts";

const MiB = 1024 * 1024;
/** A client's leaving is a race, which one or two attempts rarely lose. */
const rounds = 15;

/** Clients that come, leave and break off, as they do on the host's end of the port. */
export function portChecks(guest: SharedGuest): void {
  test("a client that leaves in mid-request does not spoil the next one", async () => {
    const { machine } = guest;
    const halves = [
      '{"execute": "guest-pi',
      '{"execute": "guest-file-write", "arguments": {"handle": 1000, "buf-b64": "aGVsb',
      '{"a": [[[[[{"b',
    ];
    for (const half of halves) {
      const first = await machine.agent();
      await first.sync();
      first.send(half);
      await sleep(100);
      first.close();
      await machine.withAgent(async (second) => expect(await second.call("guest-ping")).toEqual({}), 5000);
    }
    guest.saw(`port: ${halves.length} clients left in mid-request, each next one got through by 0xFF and guest-sync-delimited`);
  });

  test("a new client for every command", async () => {
    const { machine } = guest;
    const times: number[] = [];
    for (let id = 1; id <= 20; id++) {
      const started = performance.now();
      const agent = await machine.agent();
      // one write, no 0xFF before it: as Proxmox does
      agent.send(`{"execute":"guest-sync-delimited","arguments":{"id":${id}}}\n{"execute":"guest-ping","arguments":{}}\n`);
      expect(await agent.receive(10_000, "guest-sync-delimited")).toEqual(Buffer.from(`\xff{"return": ${id}}`, "latin1"));
      expect((await agent.receive(10_000, "guest-ping")).toString()).toBe('{"return": {}}');
      agent.close();
      times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    guest.saw(`port: 20 clients one after another, sync and ping in one write: median ${times[10]?.toFixed(0)} ms from connect to answer`);
  });

  test("bytes sent before the agent has started are answered", async () => {
    const { machine } = guest;
    await machine.shell.out("systemctl stop lodger");
    const agent = await machine.agent();
    try {
      agent.send('{"execute":"guest-sync","arguments":{"id":1}}\n{"execute":"guest-ping"}\n');
      await sleep(500);
      const started = performance.now();
      await machine.shell.out("systemctl start lodger");
      expect((await agent.receive(60_000, "guest-sync")).toString()).toBe('{"return": 1}');
      guest.saw(
        `port: what was sent before the agent started is answered, ${(performance.now() - started).toFixed(0)} ms after systemctl start`,
      );
      expect((await agent.receive(10_000, "guest-ping")).toString()).toBe('{"return": {}}');
    } finally {
      agent.close();
      await machine.shell.out("systemctl start lodger");
    }
  });

  test("clients that leave while a large answer is on its way", async () => {
    const { machine } = guest;
    await machine.shell.out(`head -c ${16 * MiB} /dev/urandom >/mnt/xfs/large`, 60);
    const waits: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const first = await machine.agent();
      await first.sync();
      const handle = await open(first, "/mnt/xfs/large", "r");
      first.sendRequest("guest-file-read", { handle, count: 16 * MiB });
      await until(60_000, "the large answer to begin", () => (first.port.pendingBytes > 256 * 1024 ? true : undefined), 5);
      first.close();
      // The agent sees by polling that the host has gone: the next one comes before it looked, while it looks, after it.
      await sleep(round * 10);
      const started = performance.now();
      await machine.withAgent(async (second) => {
        waits.push(performance.now() - started);
        await second.call("guest-file-close", { handle });
      }, 30_000);
    }
    await machine.shell.out("rm /mnt/xfs/large");
    guest.saw(
      `port: ${rounds} clients left during a 16 MiB read, the next ones had their sync after at most ${Math.max(...waits).toFixed(0)} ms`,
    );
  });
}
