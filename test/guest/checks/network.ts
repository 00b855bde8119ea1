import { expect, test } from "vitest";
import type { SharedGuest } from "../shared-guest.ts";

/** What `ip -j addr` says of an interface. */
interface IpLink {
  readonly ifname: string;
  readonly address?: string;
  readonly addr_info: readonly {
    readonly family: "inet" | "inet6";
    readonly local: string;
    readonly prefixlen: number;
    readonly label?: string;
  }[];
}

interface GuestInterface {
  readonly name: string;
  readonly "hardware-address"?: string;
  readonly "ip-addresses"?: readonly { readonly "ip-address": string; readonly "ip-address-type": string; readonly prefix: number }[];
  readonly statistics?: Readonly<Record<string, number>>;
}

export function networkChecks(guest: SharedGuest): void {
  test("guest-network-get-interfaces equals ip -j addr", async () => {
    const { shell } = guest.machine;
    await shell.out("until ip link show bare0 && ! ip addr show tentative | grep -q inet6; do sleep 0.2; done >/dev/null 2>&1");
    const links = JSON.parse(await shell.out("ip -j addr")) as IpLink[];
    const answer = (await guest.machine.withAgent((agent) => agent.call("guest-network-get-interfaces"))) as GuestInterface[];

    const seen = answer.map(({ statistics: _, "ip-addresses": addresses, ...link }) => ({
      ...link,
      addresses: addresses?.map(addressText).toSorted(),
    }));
    expect(seen.toSorted(byName)).toEqual(links.flatMap(expected).toSorted(byName));
    guest.saw(
      `guest-network-get-interfaces: equals ip -j addr (${links.map((link) => `${link.ifname} ${link.addr_info.length}`).join(", ")} addresses)`,
    );
  });

  test("its statistics are those of /proc/net/dev", async () => {
    const { shell } = guest.machine;
    const answer = (await guest.machine.withAgent((agent) => agent.call("guest-network-get-interfaces"))) as GuestInterface[];
    // lo carries nothing here, so that the two readings are of the same figures; and something must have been sent
    await shell.out("exec 3<>/dev/udp/127.0.0.1/9; echo x >&3");
    const after = (await guest.machine.withAgent((agent) => agent.call("guest-network-get-interfaces"))) as GuestInterface[];
    const counters = (await shell.out("grep lo: /proc/net/dev"))
      .trim()
      .split(/[:\s]+/)
      .slice(1)
      .map(Number);
    const lo = after.find((link) => link.name === "lo")?.statistics;
    expect(lo).toEqual({
      ...{ "rx-bytes": counters[0], "rx-packets": counters[1], "rx-errs": counters[2], "rx-dropped": counters[3] },
      ...{ "tx-bytes": counters[8], "tx-packets": counters[9], "tx-errs": counters[10], "tx-dropped": counters[11] },
    });
    expect(lo?.["tx-packets"]).toBeGreaterThan(answer.find((link) => link.name === "lo")?.statistics?.["tx-packets"] ?? 0);
    guest.saw(`guest-network-get-interfaces: statistics of lo as in /proc/net/dev, ${lo?.["tx-packets"]} packets sent`);
  });
}

interface Expected {
  readonly name: string;
  readonly "hardware-address": string | undefined;
  readonly addresses: string[] | undefined;
}

function expected(link: IpLink): Expected[] {
  const byLabel = new Map<string, string[]>([[link.ifname, []]]);
  for (const { family, local, prefixlen, label = link.ifname } of link.addr_info) {
    // the C library names an address by its label, and the interface lists each name on its own
    byLabel.set(label, [...(byLabel.get(label) ?? []), `${family === "inet" ? "ipv4" : "ipv6"} ${local}/${prefixlen}`]);
  }
  // the interface's rule: no member instead of an empty list
  return [...byLabel].map(([name, addresses]) => ({
    name,
    "hardware-address": link.address,
    addresses: addresses.length === 0 ? undefined : addresses.toSorted(),
  }));
}

function addressText(address: { "ip-address": string; "ip-address-type": string; prefix: number }): string {
  return `${address["ip-address-type"]} ${address["ip-address"]}/${address.prefix}`;
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}
