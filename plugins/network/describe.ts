/** Interfaces as the wire has them. */
import {
  type Files,
  type InterfaceAddress,
  type InterfaceCounters,
  type Log,
  type NetworkInterface,
  type NetworkInterfaces,
  OsError,
} from "../../core/plugin.ts";
import { type InterfaceStatistics, parseStatistics } from "./statistics.ts";

const COUNTERS = "/proc/net/dev";

interface DescribedAddress {
  readonly "ip-address": string;
  readonly "ip-address-type": "ipv4" | "ipv6";
  readonly prefix: number;
}

/** One interface of guest-network-get-interfaces. */
interface DescribedInterface {
  name: string;
  "hardware-address"?: string;
  "ip-addresses"?: DescribedAddress[];
  statistics?: InterfaceStatistics;
}

/** All interfaces in the system's order. */
export async function describeInterfaces(interfaces: NetworkInterfaces, files: Files, log: Log): Promise<DescribedInterface[]> {
  const list = await interfaces.list();
  const told = process.platform !== "linux" || list.some(({ counters }) => counters !== undefined);
  const statistics = told ? undefined : await readStatistics(files, log);
  return list.map((one) => describe(one, statistics === undefined ? one.counters && ofCounters(one.counters) : statistics.get(one.name)));
}

function ofCounters({ received, sent }: InterfaceCounters): InterfaceStatistics {
  return {
    "rx-bytes": received.bytes,
    "rx-packets": received.packets,
    "rx-errs": received.errors,
    "rx-dropped": received.dropped,
    "tx-bytes": sent.bytes,
    "tx-packets": sent.packets,
    "tx-errs": sent.errors,
    "tx-dropped": sent.dropped,
  };
}

/** Addresses and counters are there only for an interface that has an address: clients take their absence to mean "not in use". */
function describe({ name, hardwareAddress, addresses }: NetworkInterface, statistics: InterfaceStatistics | undefined): DescribedInterface {
  const described: DescribedInterface = { name };
  if (hardwareAddress !== undefined) described["hardware-address"] = hardwareAddress;
  if (addresses.length === 0) return described;
  described["ip-addresses"] = addresses.map(describeAddress);
  if (statistics !== undefined) described.statistics = statistics;
  return described;
}

function describeAddress({ address, family, prefix }: InterfaceAddress): DescribedAddress {
  return { "ip-address": address, "ip-address-type": family, prefix };
}

/** Addresses are worth having without counters, too. */
async function readStatistics(files: Files, log: Log): Promise<ReadonlyMap<string, InterfaceStatistics>> {
  try {
    return parseStatistics(await files.readText(COUNTERS));
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    log.warning(`${COUNTERS} can't be read: ${error.message}`);
    return new Map();
  }
}
