/** Network interfaces, from getifaddrs(3). */
import type { InterfaceAddress, NetworkInterface, NetworkInterfaces } from "../ports.ts";
import { type InterfaceEntry, interfaceEntries } from "./ifaddrs.ts";
import { formatIpv4, formatIpv6, prefixLength } from "./inet.ts";

export class LinuxNetworkInterfaces implements NetworkInterfaces {
  async list(): Promise<readonly NetworkInterface[]> {
    return collectInterfaces(interfaceEntries());
  }
}

/** One interface a name, in the order in which names come first. */
export function collectInterfaces(entries: readonly InterfaceEntry[]): NetworkInterface[] {
  const hardware = new Map<string, string>();
  const addresses = new Map<string, InterfaceAddress[]>();
  for (const entry of entries) {
    const known = addresses.get(entry.name) ?? [];
    addresses.set(entry.name, known);
    // A link without a hardware address of its own (a tunnel) has an entry of no family at all, or one with an empty address.
    if (entry.family === "packet" || entry.family === undefined) hardware.set(entry.name, formatHardwareAddress(entry.address));
    const address = ipAddress(entry);
    if (address !== undefined) known.push(address);
  }
  return Array.from(addresses, ([name, list]) => {
    const hardwareAddress = hardware.get(name) ?? hardware.get(deviceOf(name));
    return { name, addresses: list, ...(hardwareAddress === undefined ? {} : { hardwareAddress }) };
  });
}

function ipAddress({ family, address, netmask }: InterfaceEntry): InterfaceAddress | undefined {
  if (family === "inet") return { address: formatIpv4(address), family: "ipv4", prefix: prefixLength(netmask) };
  if (family === "inet6") return { address: formatIpv6(address), family: "ipv6", prefix: prefixLength(netmask) };
  return undefined;
}

/** Six bytes of whatever there is, zeros for the rest: a tunnel's is 00:00:00:00:00:00, as for the loopback. */
function formatHardwareAddress(bytes: Uint8Array): string {
  return Array.from({ length: 6 }, (_, index) => (bytes[index] ?? 0).toString(16).padStart(2, "0")).join(":");
}

/** An IPv4 address may bear a label ("eth0:1"), under which getifaddrs lists it; the device is what stands before the colon. */
function deviceOf(name: string): string {
  return name.split(":", 1)[0] ?? name;
}
