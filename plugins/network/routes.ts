/** The kernel's tables of routes, /proc/net/route and /proc/net/ipv6_route. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Files, failed, formatIpv4, formatIpv6, type Log, OsError } from "../../core/plugin.ts";
import type { Route } from "./route-schema.ts";

const IPV4 = "/proc/net/route";
const IPV6 = "/proc/net/ipv6_route";

/** A router has a million routes: other clients get their turn after so many. */
const LINES_AT_ONCE = 2000;

/**
 * @returns the routes of both families; a guest may do without one of them.
 * @throws CommandError if neither can be read.
 */
export async function listRoutes(files: Files, log: Log): Promise<Route[]> {
  const ipv4 = await read(files, IPV4);
  const ipv6 = await read(files, IPV6);
  if (typeof ipv4 !== "string" && typeof ipv6 !== "string") throw failed(`open("${IPV4}"): ${ipv4.message}`);
  const routes: Route[] = [];
  if (typeof ipv4 === "string") await collect(ipv4, parseIpv4Route, routes);
  else log.warning(`${IPV4} can't be read: ${ipv4.message}`);
  if (typeof ipv6 === "string") await collect(ipv6, parseIpv6Route, routes);
  // Missing where IPv6 is disabled, which is nothing to warn of.
  else if (ipv6.code !== "ENOENT") log.warning(`${IPV6} can't be read: ${ipv6.message}`);
  return routes;
}

async function read(files: Files, path: string): Promise<string | OsError> {
  try {
    return await files.readText(path);
  } catch (error) {
    if (error instanceof OsError) return error;
    throw error;
  }
}

async function collect(text: string, parse: (line: string) => Route | undefined, into: Route[]): Promise<void> {
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    const route = parse(line);
    if (route !== undefined) into.push(route);
    if (index % LINES_AT_ONCE === LINES_AT_ONCE - 1) await nextTurn();
  }
}

/** Name, destination, gateway and flags; then reference count, use, metric; mask; MTU, window, IRTT. */
const IPV4_LINE =
  /^(\S+)\s+([\dA-F]{8})\s+([\dA-F]{8})\s+([\dA-F]{4,8})((?:\s+-?\d{1,10}){3})\s+([\dA-F]{8})((?:\s+-?\d{1,10}){3})(?:\s|$)/;

/** @param line of /proc/net/route. @returns undefined for one of another form, such as the heading. */
export function parseIpv4Route(line: string): Route | undefined {
  const [, iface, destination, gateway, flags, counts, mask, sizes] = IPV4_LINE.exec(line) ?? [];
  if (iface === undefined || counts === undefined || sizes === undefined) return undefined;
  const [refcnt = 0, use = 0, metric = 0] = unsigned(counts);
  const [mtu = 0, window = 0, irtt = 0] = unsigned(sizes);
  return {
    iface,
    destination: ipv4(destination),
    metric,
    gateway: ipv4(gateway),
    mask: ipv4(mask),
    irtt,
    flags: hex(flags),
    refcnt,
    use,
    window,
    mtu,
    version: 4,
  };
}

/** Destination and its prefix, source and its prefix, next hop; metric, reference count, use, flags; name. */
const IPV6_LINE =
  /^([\da-f]{32}) ([\da-f]{2}) ([\da-f]{32}) ([\da-f]{2}) ([\da-f]{32}) ([\da-f]{8}) ([\da-f]{8}) ([\da-f]{8}) ([\da-f]{8})\s+(\S+)\s*$/;

/** @param line of /proc/net/ipv6_route. @returns undefined for one of another form. */
export function parseIpv6Route(line: string): Route | undefined {
  const [, destination, desprefixlen, source, srcprefixlen, nexthop, metric, refcnt, use, flags, iface] = IPV6_LINE.exec(line) ?? [];
  if (iface === undefined) return undefined;
  return {
    iface,
    destination: ipv6(destination),
    metric: hex(metric),
    flags: hex(flags),
    refcnt: hex(refcnt),
    use: hex(use),
    desprefixlen: String(hex(desprefixlen)),
    source: ipv6(source),
    srcprefixlen: String(hex(srcprefixlen)),
    nexthop: ipv6(nexthop),
    version: 6,
  };
}

function hex(digits = "0"): number {
  return Number.parseInt(digits, 16);
}

/** The kernel writes some of its unsigned 32-bit numbers as if they had a sign: a metric of 4294967295 as -1. */
function unsigned(columns: string): number[] {
  return columns
    .trim()
    .split(/\s+/)
    .map((column) => Number(column) >>> 0);
}

/** The kernel writes the bytes of the address as one number of the machine, which is little-endian wherever lodger runs. */
function ipv4(digits = "00000000"): string {
  return formatIpv4(Buffer.from(digits, "hex").reverse());
}

const UNSPECIFIED = "0".repeat(32);

function ipv6(digits = UNSPECIFIED): string {
  return digits === UNSPECIFIED ? "::" : formatIpv6(Buffer.from(digits, "hex"));
}
