import { inspect } from "node:util";
import { expect, test } from "vitest";
import { notBetween } from "../between.ts";
import { type Scene, user } from "../scene.ts";
import type { SharedGuest } from "../shared-guest.ts";

type Item = Readonly<Record<string, unknown>>;

interface Reading {
  readonly command: string;
  readonly arguments?: object;
  /** Lists that say the same in any order: what names an item. */
  readonly by?: readonly string[];
  /** How far numbers may lie apart that are not exact. */
  readonly margin?: number;
  /** Where ours is better, and so differs: changes the reference's answer to what is right. */
  readonly right?: (answer: unknown) => unknown;
}

const readings: readonly Reading[] = [
  { command: "guest-get-time" },
  { command: "guest-get-host-name" },
  { command: "guest-get-osinfo" },
  { command: "guest-get-timezone" },
  { command: "guest-get-users", by: ["user"] },
  // the C library of ours takes it from /proc/loadavg, which rounds
  { command: "guest-get-load", margin: 0.01 },
  { command: "guest-get-vcpus", by: ["logical-id"] },
  { command: "guest-get-cpustats", by: ["cpu"] },
  { command: "guest-get-memory-blocks", by: ["phys-index"] },
  { command: "guest-get-memory-block-info" },
  { command: "guest-get-disks", by: ["name"], right: scsiTargets },
  { command: "guest-get-diskstats", by: ["name"] },
  { command: "guest-get-fsinfo", by: ["mountpoint"], right: scsiTargets },
  { command: "guest-network-get-interfaces", by: ["name"] },
  {
    command: "guest-network-get-route",
    by: ["version", "iface", "destination", "desprefixlen", "mask", "metric", "flags"],
    right: unsignedRoutes,
  },
  { command: "guest-ssh-get-authorized-keys", arguments: { username: user } },
  { command: "guest-fsfreeze-status" },
];

/** Every command that only reads, beside qemu-ga in the same guest: value by value. */
export function besideChecks(guest: SharedGuest, scene: Scene): void {
  test.each(readings)("$command equals qemu-ga's", async ({ command, arguments: args, by, margin, right = (answer) => answer }) => {
    const { client, version } = scene.reference;
    const normal = (answer: unknown) => (by === undefined ? answer : sorted(answer as Item[], by));
    const [before, answer, after] = await guest.machine.withAgent(async (agent) => [
      await client.call(command, args),
      await agent.call(command, args),
      await client.call(command, args),
    ]);
    expect(notBetween(normal(right(before)), normal(answer), normal(right(after)), margin)).toEqual([]);
    const size = Array.isArray(answer) ? `, ${answer.length} items` : ` ${inspect(answer, { breakLength: Number.POSITIVE_INFINITY })}`;
    guest.saw(`${command}: as qemu-ga ${version} in the same guest${size.slice(0, 300)}`);
  });
}

function sorted(items: readonly Item[], by: readonly string[]): Item[] {
  const key = (item: Item) => JSON.stringify(by.map((name) => item[name]));
  return items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** qemu-ga says 0 for every target of SCSI; the scene's only one is 3. */
function scsiTargets(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (_key, value: unknown) =>
    isItem(value) && value["bus-type"] === "scsi" ? { ...value, target: 3 } : value,
  );
}

/** qemu-ga takes the kernel's unsigned numbers of 32 bits for signed ones. */
function unsignedRoutes(answer: unknown): unknown {
  return (answer as (Item & { flags: number | bigint; metric: number })[]).map((route) => ({
    ...route,
    flags: Number(BigInt.asUintN(32, BigInt(route.flags))),
    metric: route.metric >>> 0,
  }));
}

function isItem(value: unknown): value is Item {
  return typeof value === "object" && value !== null;
}
