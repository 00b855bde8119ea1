import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import type { InterfaceEntry } from "../../../core/os/linux/ifaddrs.ts";
import { formatIpv6, prefixLength } from "../../../core/os/linux/inet.ts";
import { collectInterfaces, LinuxNetworkInterfaces } from "../../../core/os/linux/interfaces.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

function entry(name: string, family: InterfaceEntry["family"], address: Uint8Array, netmask = bytes()): InterfaceEntry {
  return { name, flags: 0, family, address, netmask };
}

/** Words of an IPv6 address to its 16 bytes, at an offset in a larger buffer. */
function ipv6(...words: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(20), 4);
  for (const [index, word] of words.entries()) view.setUint16(2 * index, word);
  return new Uint8Array(view.buffer, 4);
}

describe("IPv6 as text", () => {
  // Answers of glibc's inet_ntop.
  it.each([
    [ipv6(0, 0, 0, 0, 0, 0, 0, 0), "::"],
    [ipv6(0, 0, 0, 0, 0, 0, 0, 1), "::1"],
    [ipv6(0, 0, 0, 0, 0, 0, 0x102, 0x304), "::1.2.3.4"],
    [ipv6(0, 0, 0, 0, 0, 0xffff, 0x102, 0x304), "::ffff:1.2.3.4"],
    [ipv6(0, 0, 0, 0, 0, 0xffff, 0, 0), "::ffff:0.0.0.0"],
    [ipv6(0, 0, 0, 0, 0, 0xfffe, 1, 1), "::fffe:1:1"],
    [ipv6(0, 0, 0, 0, 0, 2, 0, 0), "::2:0:0"],
    [ipv6(1, 0, 0, 2, 0, 0, 0, 0), "1:0:0:2::"],
    [ipv6(1, 0, 0, 2, 0, 0, 3, 0), "1::2:0:0:3:0"],
    [ipv6(0, 0, 1, 0, 0, 0, 1, 1), "0:0:1::1:1"],
    [ipv6(1, 0, 2, 3, 4, 5, 6, 7), "1:0:2:3:4:5:6:7"],
    [ipv6(1, 0, 0, 0, 0, 0, 0, 0), "1::"],
    [ipv6(0xfe80, 0, 0, 0, 0x5054, 0xff, 0xfe12, 0x3456), "fe80::5054:ff:fe12:3456"],
  ])("%j is %s", (address, text) => expect(formatIpv6(address)).toBe(text));
});

describe("a netmask", () => {
  it.each([
    [bytes(255, 255, 255, 0), 24],
    [bytes(255, 255, 255, 128), 25],
    [bytes(0, 0, 0, 0), 0],
    [bytes(), 0],
    [bytes(255, 0, 255, 0), 16],
    [new Uint8Array(16).fill(255), 128],
  ])("%j has %i bits", (netmask, bits) => expect(prefixLength(netmask)).toBe(bits));
});

describe("interfaces", () => {
  it("are one a name, in the order of their first entry", () => {
    const list = collectInterfaces([
      entry("lo", "packet", bytes(0, 0, 0, 0, 0, 0)),
      entry("eth0", "packet", bytes(0x52, 0x54, 0, 0x12, 0x34, 0x56)),
      entry("lo", "inet", bytes(127, 0, 0, 1), bytes(255, 0, 0, 0)),
      entry("eth0", "inet", bytes(10, 0, 2, 15), bytes(255, 255, 255, 0)),
      entry("lo", "inet6", ipv6(0, 0, 0, 0, 0, 0, 0, 1), new Uint8Array(16).fill(255)),
    ]);
    expect(list).toEqual([
      {
        name: "lo",
        hardwareAddress: "00:00:00:00:00:00",
        addresses: [
          { address: "127.0.0.1", family: "ipv4", prefix: 8 },
          { address: "::1", family: "ipv6", prefix: 128 },
        ],
      },
      { name: "eth0", hardwareAddress: "52:54:00:12:34:56", addresses: [{ address: "10.0.2.15", family: "ipv4", prefix: 24 }] },
    ]);
  });

  it("have six bytes of hardware address, whatever their kind has", () => {
    const [tunnel, other, infiniband] = collectInterfaces([
      entry("tun0", undefined, bytes()),
      entry("tun1", "packet", bytes()),
      entry("ib0", "packet", bytes(1, 2, 3, 4, 5, 6, 7, 8)),
    ]);
    expect(tunnel?.hardwareAddress).toBe("00:00:00:00:00:00");
    expect(other?.hardwareAddress).toBe("00:00:00:00:00:00");
    expect(infiniband?.hardwareAddress).toBe("01:02:03:04:05:06");
  });

  it("under a label have the hardware address of their device", () => {
    const list = collectInterfaces([
      entry("v0", "packet", bytes(0x3a, 0x16, 0xf5, 0xda, 0x53, 0x34)),
      entry("v0:x", "inet", bytes(10, 1, 3, 3), bytes(255, 255, 255, 128)),
    ]);
    expect(list).toMatchObject([{ name: "v0" }, { name: "v0:x", hardwareAddress: "3a:16:f5:da:53:34" }]);
  });

  it("without an entry of their own have none", () => {
    const list = collectInterfaces([entry("x", "inet", bytes(10, 0, 0, 1), bytes(255, 0, 0, 0))]);
    expect(list).toEqual([{ name: "x", addresses: [{ address: "10.0.0.1", family: "ipv4", prefix: 8 }] }]);
  });
});

describe("this system's own interfaces", () => {
  it("have the addresses that node knows", async () => {
    const list = await new LinuxNetworkInterfaces().list();
    const ours = list.flatMap(({ name, hardwareAddress, addresses }) =>
      addresses.map(({ address, prefix }) => `${name} ${hardwareAddress} ${address}/${prefix}`),
    );
    const nodes = Object.entries(networkInterfaces()).flatMap(([name, entries = []]) =>
      entries.map(({ mac, cidr }) => `${name} ${mac} ${cidr}`),
    );
    expect(nodes.length).toBeGreaterThan(0);
    for (const line of nodes) expect(ours).toContain(line);
  });
});
