import { describe, expect, it } from "vitest";
import type { NetworkInterface } from "../../../core/plugin.ts";
import network from "../../../plugins/network/index.ts";
import { commandsOf, noSuchFile, RecordedLog } from "../run-command.ts";

const HEADING = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

function system(list: readonly NetworkInterface[], counters: string | undefined) {
  const files = {
    readText: async (path: string) => {
      if (counters === undefined || path !== "/proc/net/dev") throw noSuchFile("open");
      return HEADING + counters;
    },
  };
  return commandsOf(network, { interfaces: { list: async () => list }, files });
}

const lo: NetworkInterface = {
  name: "lo",
  hardwareAddress: "00:00:00:00:00:00",
  addresses: [
    { address: "127.0.0.1", family: "ipv4", prefix: 8 },
    { address: "::1", family: "ipv6", prefix: 128 },
  ],
};

describe("guest-network-get-interfaces", () => {
  it("gives an interface with addresses everything", async () => {
    const run = system([lo], "    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
    expect(await run("guest-network-get-interfaces")).toEqual([
      {
        name: "lo",
        "hardware-address": "00:00:00:00:00:00",
        "ip-addresses": [
          { "ip-address": "127.0.0.1", "ip-address-type": "ipv4", prefix: 8 },
          { "ip-address": "::1", "ip-address-type": "ipv6", prefix: 128 },
        ],
        statistics: {
          "rx-bytes": 1,
          "rx-packets": 2,
          "rx-errs": 3,
          "rx-dropped": 4,
          "tx-bytes": 9,
          "tx-packets": 10,
          "tx-errs": 11,
          "tx-dropped": 12,
        },
      },
    ]);
  });

  it("leaves addresses and counters out where there is no address", async () => {
    const run = system(
      [{ name: "eth1", hardwareAddress: "52:54:00:12:34:56", addresses: [] }],
      "eth1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
    );
    expect(await run("guest-network-get-interfaces")).toEqual([{ name: "eth1", "hardware-address": "52:54:00:12:34:56" }]);
  });

  it("leaves the hardware address out where there is none, and the counters of a label", async () => {
    const run = system(
      [{ name: "eth0:1", addresses: [{ address: "10.0.0.1", family: "ipv4", prefix: 24 }] }],
      "eth0: 1 2 3 4 5 6 7 8 9 10 11 12\n",
    );
    expect(await run("guest-network-get-interfaces")).toEqual([
      { name: "eth0:1", "ip-addresses": [{ "ip-address": "10.0.0.1", "ip-address-type": "ipv4", prefix: 24 }] },
    ]);
  });

  it("counts to 2^64 exactly, with or without a space behind the name", async () => {
    const run = system([lo], "lo:18446744073709551615 9007199254740991 0 0 0 0 0 0 9007199254740993 0 0 0 0 0 0 0\n");
    expect(await run("guest-network-get-interfaces")).toMatchObject([
      { statistics: { "rx-bytes": 18446744073709551615n, "rx-packets": 9007199254740991, "tx-bytes": 9007199254740993n } },
    ]);
  });

  it("does without counters that can't be read, and says so", async () => {
    const log = new RecordedLog();
    const [first] = (await system([lo], undefined)("guest-network-get-interfaces", {}, { log })) as object[];
    expect(first).toHaveProperty("ip-addresses");
    expect(first).not.toHaveProperty("statistics");
    expect(log.lines).toEqual(["warning: /proc/net/dev can't be read: No such file or directory"]);
  });

  it("passes over lines that it doesn't know", async () => {
    const run = system([lo], "    lo: 1 2 3\n    lo: one two\nlo\n\n");
    expect((await run("guest-network-get-interfaces")) as object[]).not.toHaveProperty("0.statistics");
  });
});
