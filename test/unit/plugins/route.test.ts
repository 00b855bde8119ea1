import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OsError } from "../../../core/plugin.ts";
import network from "../../../plugins/network/index.ts";
import type { Route } from "../../../plugins/network/route-schema.ts";
import { parseIpv4Route, parseIpv6Route } from "../../../plugins/network/routes.ts";
import { type FakeFile, FakeFiles } from "../fake-files.ts";
import { commandsOf, RecordedLog } from "../run-command.ts";

const HEADING =
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n";
const V4 = `${HEADING}eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0                                                                               
eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0                                                                               
`;
const ZERO = "00000000000000000000000000000000";
const V6 = `fd000000000000000000000000000000 40 ${ZERO} 00 ${ZERO} 00000100 00000001 00000000 00000001     eth0
${ZERO} 00 ${ZERO} 00 fe8000000000000000fc00fffe000001 00000400 00000002 00000000 00450003     eth0
`;

const gateway4 = {
  iface: "eth0",
  destination: "0.0.0.0",
  metric: 100,
  gateway: "192.0.2.1",
  mask: "0.0.0.0",
  irtt: 0,
  flags: 3,
  refcnt: 0,
  use: 0,
  window: 0,
  mtu: 0,
  version: 4,
};
const network4 = { ...gateway4, destination: "192.0.2.0", gateway: "0.0.0.0", mask: "255.255.255.0", flags: 1 };
const network6 = {
  iface: "eth0",
  destination: "fd00::",
  metric: 256,
  flags: 1,
  refcnt: 1,
  use: 0,
  desprefixlen: "64",
  source: "::",
  srcprefixlen: "0",
  nexthop: "::",
  version: 6,
};
const gateway6 = {
  ...network6,
  destination: "::",
  metric: 1024,
  flags: 0x450003,
  refcnt: 2,
  desprefixlen: "0",
  nexthop: "fe80::fc:ff:fe00:1",
};

function routes(ipv4: FakeFile | undefined, ipv6: FakeFile | undefined, log = new RecordedLog()) {
  const tree = {
    ...(ipv4 === undefined ? {} : { "/proc/net/route": ipv4 }),
    ...(ipv6 === undefined ? {} : { "/proc/net/ipv6_route": ipv6 }),
  };
  return commandsOf(network, { interfaces: {}, files: new FakeFiles(tree) })("guest-network-get-route", {}, { log });
}

/** The routes of one table. */
const ofIpv4 = (text: string) => routes(text, "");
const ofIpv6 = (text: string) => routes("", text);

const denied = new OsError("EACCES", 13, "Permission denied", "open");

describe("guest-network-get-route", () => {
  it("lists the routes of both families", async () => {
    expect(await routes(V4, V6)).toEqual([gateway4, network4, network6, gateway6]);
  });

  it("does without IPv6, and has nothing to say about it", async () => {
    const log = new RecordedLog();
    expect(await routes(V4, undefined, log)).toEqual([gateway4, network4]);
    expect(log.lines).toEqual([]);
  });

  it("does without what it may not read, and says so", async () => {
    const log = new RecordedLog();
    expect(await routes(denied, V6, log)).toEqual([network6, gateway6]);
    expect(await routes(V4, denied, log)).toEqual([gateway4, network4]);
    expect(log.lines).toEqual([
      "warning: /proc/net/route can't be read: Permission denied",
      "warning: /proc/net/ipv6_route can't be read: Permission denied",
    ]);
  });

  it("fails without both", async () => {
    await expect(routes(undefined, undefined)).rejects.toMatchObject({
      name: "CommandError",
      message: 'open("/proc/net/route"): No such file or directory',
    });
  });

  it("answers an empty list where there is no route", async () => expect(await routes(HEADING, "")).toEqual([]));

  it("lets others have their turn while it lists a router's", async () => {
    const line = "eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n";
    let turns = 0;
    const other = setInterval(() => turns++, 0);
    expect(await routes(HEADING + line.repeat(20_000), "")).toHaveLength(20_000);
    clearInterval(other);
    expect(turns).toBeGreaterThan(3);
  });
});

describe("IPv4", () => {
  it("takes numbers for unsigned, as the kernel means them", async () => {
    expect(await ofIpv4("lo\t0A0B0C0D\tFFFFFFFF\t80000200\t1\t2\t-1\tFFFFFFFF\t1500\t65535\t4294967295\n")).toEqual([
      {
        ...gateway4,
        iface: "lo",
        destination: "13.12.11.10",
        metric: 4294967295,
        gateway: "255.255.255.255",
        mask: "255.255.255.255",
        irtt: 4294967295,
        flags: 0x80000200,
        refcnt: 1,
        use: 2,
        window: 65535,
        mtu: 1500,
      },
    ]);
  });

  it("takes interfaces of any name, and a route that leads nowhere", async () => {
    const text =
      "enp0s31f6.100\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n*\t0000FEA9\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
    expect(((await ofIpv4(text)) as Route[]).map(({ iface, destination }) => [iface, destination])).toEqual([
      ["enp0s31f6.100", "192.168.1.0"],
      ["*", "169.254.0.0"],
    ]);
  });

  it.each([
    "eth0\t00000000\t0101A8C0\n",
    "eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\n",
    "eth0\t0001A8CG\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n",
    "eth0\t0001A8C0\t00000000\t0001\t0\t0\t99999999999\t00FFFFFF\t0\t0\t0\n",
    "\n\0\nwhat is this\n",
  ])("passes over %j", async (text) => {
    expect(await ofIpv4(text + V4)).toEqual([gateway4, network4]);
  });
});

describe("IPv6", () => {
  it("takes numbers for unsigned, as the kernel means them", async () => {
    const text = `20010db8000000010000000000000000 7f 20010db8000000020000000000000000 40 20010db8ffffffffffffffffffffffff ffffffff 80000000 80000001 80200001 wg0\n`;
    expect(await ofIpv6(text)).toEqual([
      {
        iface: "wg0",
        destination: "2001:db8:0:1::",
        metric: 4294967295,
        flags: 0x80200001,
        refcnt: 0x80000000,
        use: 0x80000001,
        desprefixlen: "127",
        source: "2001:db8:0:2::",
        srcprefixlen: "64",
        nexthop: "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        version: 6,
      },
    ]);
  });

  it.each([
    `fe800000000000000000000000000000 40 ${ZERO} 00 ${ZERO} 00000100\n`,
    `fe80 40 ${ZERO} 00 ${ZERO} 00000100 00000001 00000000 00000001     eth0\n`,
    `fe80000000000000000000000000000g 40 ${ZERO} 00 ${ZERO} 00000100 00000001 00000000 00000001     eth0\n`,
    "\n\0\nwhat is this\n",
  ])("passes over %j", async (text) => {
    expect(await ofIpv6(text + V6)).toEqual([network6, gateway6]);
  });
});

it("both take any text", () => {
  const piece = fc.constantFrom("eth0", " ", "\t", "\n", "0", "00000000", ZERO, "-1", "FFFFFFFF", "ffffffff", "00", "0003", "\0");
  const hostile = fc.array(piece).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(fc.oneof(fc.string(), hostile), (text) => parseIpv4Route(text)?.version !== 6 && parseIpv6Route(text)?.version !== 4),
  );
});
