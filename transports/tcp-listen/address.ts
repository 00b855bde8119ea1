/** HOST:PORT, and whether it stays on this machine. */
import { BlockList, isIP } from "node:net";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** @throws Error for anything but `HOST:PORT`; an IPv6 address stands in brackets. */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65535) throw new Error(`'${text}' is not HOST:PORT (an IPv6 address stands in brackets: [::1]:7600)`);
  return { host, port };
}

/** The IP address to listen on. @throws Error where the name has none. */
export async function resolve(host: string): Promise<string> {
  if (isIP(host) !== 0) return host;
  const { lookup } = await import("node:dns/promises");
  return (await lookup(host)).address;
}

export function isLoopback(ip: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet("127.0.0.0", 8, "ipv4"); // an IPv4 address written as IPv6 (::ffff:127.0.0.1) is matched too
  loopback.addAddress("::1", "ipv6");
  return loopback.check(ip, isIP(ip) === 6 ? "ipv6" : "ipv4");
}
