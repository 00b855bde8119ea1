/** Routes of a system that has no files of them. */
import type { NetworkInterfaces, NetworkRoute } from "../../core/plugin.ts";
import type { Route } from "./route-schema.ts";

/** @returns undefined where the system has files. */
export async function routesOf(interfaces: NetworkInterfaces): Promise<Route[] | undefined> {
  const routes = await interfaces.routes?.();
  return routes?.map(described);
}

function described({ interfaceName: iface, family, destination, prefix, gateway, metric }: NetworkRoute): Route {
  if (family === "ipv4") return { iface, destination, metric, gateway, mask: maskOf(prefix), version: 4 };
  return { iface, destination, metric, desprefixlen: String(prefix), nexthop: gateway, version: 6 };
}

function maskOf(prefix: number): string {
  const bits = 0xffffffff * 2 ** (32 - prefix);
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join(".");
}
