/** Network interfaces by Node: those that are up and have an address. */
import { networkInterfaces } from "node:os";
import type { NetworkInterface, NetworkInterfaces } from "../ports.ts";

export class NodeNetworkInterfaces implements NetworkInterfaces {
  async list(): Promise<readonly NetworkInterface[]> {
    return Object.entries(networkInterfaces()).map(([name, addresses = []]) => ({
      name,
      hardwareAddress: addresses[0]?.mac ?? "00:00:00:00:00:00",
      addresses: addresses.map(({ address, family, cidr }) => ({
        address: address.split("%", 1)[0] ?? address,
        family: family === "IPv6" ? ("ipv6" as const) : ("ipv4" as const),
        prefix: Number(cidr?.split("/").at(-1) ?? 0),
      })),
    }));
  }
}
