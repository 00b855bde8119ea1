/** guest-network-get-route, on recorded and odd tables. */
import type { Tree } from "./prepared.ts";
import type { Scenario, Step } from "./scenario.ts";
import { call } from "./steps.ts";

const NET = "/proc/self/net";
const ROUTES = call("guest-network-get-route");

const HEADER = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
const ETH0 = "eth0\t00000000\t0202000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n";
const LOCAL = "eth0\t0002000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n";
const ZERO = "0".repeat(32);
const six = (destination: string, prefix: string, next: string, metric: string, flags: string, device: string) =>
  `${destination} ${prefix} ${ZERO} 00 ${next} ${metric} 00000001 00000000 ${flags} ${device.padStart(8)}\n`;
const LOOPBACK6 = six("00000000000000000000000000000001", "80", ZERO, "00000100", "00200001", "lo");
const DEFAULT6 = six(ZERO, "00", "fe800000000000000000000000000001", "00000400", "00450003", "eth0");

const IPV4: Readonly<Record<string, string>> = {
  usual: HEADER + ETH0 + LOCAL,
  "only the header": HEADER,
  empty: "",
  "docker and a VPN": `${HEADER + ETH0}docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\ntun0\t0100000A\t0200000A\t0007\t1\t2\t50\tFFFFFFFF\t1400\t65535\t300\n`,
  unreachable: `${HEADER}*\t0000FEA9\t00000000\t0200\t0\t0\t1000\t0000FFFF\t0\t0\t0\n`,
  "an alias": `${HEADER}eth0:1\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n`,
  "trailing blanks": `${HEADER}eth0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\t0\t0\t0                                                                             \n`,
  "large numbers": `${HEADER}eth0\tFFFFFFFF\tFFFFFFFF\tFFFF\t2147483647\t2147483647\t4294967295\tFFFFFFFF\t2147483647\t4294967295\t4294967295\n`,
  negative: `${HEADER}eth0\t00000000\t00000000\t0003\t-1\t-2\t-3\t00000000\t-4\t-5\t-6\n`,
  "more columns": `${HEADER}eth0\t00000000\t0202000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\t1\t2\n`,
  "no newline at the end": HEADER + ETH0.trimEnd(),
  "a name with 15 bytes": `${HEADER}abcdefghijklmno\t00000000\t0202000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`,
  "a longer name": `${HEADER}abcdefghijklmnopqrstuvwxyz\t00000000\t0202000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`,
  "a name with a quote": `${HEADER}a"b\\\t00000000\t0202000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`,
  "a name not in UTF-8": `${HEADER}caf\xe9\t00000000\t0202000A\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`,
  many: HEADER + Array.from({ length: 3000 }, (_, n) => LOCAL.replace("0002000A", n.toString(16).toUpperCase().padStart(8, "0"))).join(""),
};

/** What no kernel writes. */
const MALFORMED_IPV4: Readonly<Record<string, string>> = {
  "no header": ETH0 + LOCAL,
  "numbers beyond 32 bits": `${HEADER}eth0\t1FFFFFFFF\t100000000\t10000\t4294967296\t9999999999\t99999999999\tFFFFFFFFFF\t1\t2\t3\n`,
  "fewer columns": `${HEADER}eth0\t00000000\t0202000A\t0003\t0\t0\t100\t00000000\n${LOCAL}`,
  "no columns": `${HEADER}eth0\n${LOCAL}`,
  garbage: `${HEADER}garbage here is no route at all and so on and on\n${LOCAL}`,
  "not hexadecimal": `${HEADER}eth0\tzzzzzzzz\tyyyyyyyy\t0003\t0\t0\t100\t00000000\t0\t0\t0\n`,
  "an empty line": `${HEADER}\n${ETH0}`,
};

const IPV6: Readonly<Record<string, string>> = {
  usual: DEFAULT6 + LOOPBACK6,
  empty: "",
  "a real table": [
    six("20010db8000000000000000000000000", "40", ZERO, "00000100", "00000001", "eth0"),
    six("fe800000000000000000000000000000", "40", ZERO, "00000100", "00000001", "eth0"),
    six(ZERO, "00", ZERO, "ffffffff", "00200200", "lo"),
    six("fe80000000000000021122fffe334455", "80", ZERO, "00000000", "80200001", "eth0"),
    six("ff000000000000000000000000000000", "08", ZERO, "00000100", "00000004", "eth0"),
  ].join(""),
  "large numbers": six("ffffffffffffffffffffffffffffffff", "80", "ffffffffffffffffffffffffffffffff", "7fffffff", "ffffffff", "eth0"),
  "with a source": `20010db8000000000000000000000000 40 20010db8000100000000000000000000 30 ${ZERO} 00000064 00000002 00000003 00000001     eth0\n`,
  "an IPv4-mapped address": six("00000000000000000000ffff0a000001", "80", ZERO, "00000001", "00000001", "eth0"),
  "a run of zeros in the middle": six(
    "20010db8000000000001000000000001",
    "80",
    "fe800001000000000000000000010000",
    "00000001",
    "00000001",
    "eth0",
  ),
  "one zero group": six("20010db8000100000001000100010001", "80", ZERO, "00000001", "00000001", "eth0"),
  "compatible with IPv4": six("0000000000000000000000000a000001", "80", ZERO, "00000001", "00000001", "eth0"),
  "no newline at the end": LOOPBACK6.trimEnd(),
};

/** What no kernel writes. */
const MALFORMED_IPV6: Readonly<Record<string, string>> = {
  "upper case": six("FE80000000000000021122FFFE334455", "80", ZERO, "000000FF", "0000000F", "eth0"),
  "fewer columns": `${ZERO} 00 ${ZERO} 00\n${LOOPBACK6}`,
  "short addresses": `fe80 40 ${ZERO} 00 ${ZERO} 00000100 00000000 00000000 00000001     eth0\n${LOOPBACK6}`,
  "not hexadecimal": `${"z".repeat(32)} zz ${ZERO} 00 ${ZERO} 00000100 00000000 00000000 00000001     eth0\n${LOOPBACK6}`,
  "prefixes beyond 128": six(ZERO, "ff", ZERO, "00000100", "00000001", "eth0"),
  garbage: `garbage\n${LOOPBACK6}`,
  "an empty line": `\n${LOOPBACK6}`,
};

const tables = (route: string | null, ipv6: string | null): Tree => ({
  ...(route !== null && { route }),
  ...(ipv6 !== null && { ipv6_route: ipv6 }),
});

const asked = (tree: Tree): Step[] => [{ refill: NET, tree }, ROUTES];

/** How often a route was used. */
const masked = (line: string) => line.replace(/("(?:use|refcnt)": )\d+/g, '$1"<count>"');

const common = { generations: ["current", "11"], world: { trees: { [NET]: {} } } } as const;

export const ROUTE_SCENARIOS: readonly Scenario[] = [
  { id: "routes of this machine", generations: ["current", "11"], masked, steps: [ROUTES] },
  { id: "IPv4 routes", ...common, steps: Object.values(IPV4).flatMap((text) => asked(tables(text, ""))) },
  { id: "IPv6 routes", ...common, steps: Object.values(IPV6).flatMap((text) => asked(tables(HEADER, text))) },
  { id: "malformed IPv4 routes", ...common, steps: Object.values(MALFORMED_IPV4).flatMap((text) => asked(tables(text, ""))) },
  { id: "malformed IPv6 routes", ...common, steps: Object.values(MALFORMED_IPV6).flatMap((text) => asked(tables(HEADER, text))) },
  { id: "both kinds of routes", ...common, steps: asked(tables(HEADER + ETH0 + LOCAL, DEFAULT6 + LOOPBACK6)) },
  { id: "routes without IPv6", ...common, steps: asked(tables(HEADER + ETH0, null)) },
  { id: "routes without IPv4", ...common, steps: asked(tables(null, LOOPBACK6)) },
  { id: "routes without either", ...common, steps: asked({}) },
];
