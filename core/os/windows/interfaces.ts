/** Network interfaces and routes by the IP helper library. Without it, Node tells what it knows. */
import { NodeNetworkInterfaces } from "../node/interfaces.ts";
import type { InterfaceCounters, NetworkInterface, NetworkInterfaces, NetworkRoute } from "../ports.ts";
import { type Adapter, adaptersAt, addressOf, countersOf, INTERFACE_ROW_BYTES, ROUTE_ROW_BYTES, routeOf } from "./ip-structures.ts";
import { bytesAt, checkStatus, declared } from "./library.ts";

const helper = declared("iphlpapi.dll", (func) => ({
  adapters: func("uint32 __stdcall GetAdaptersAddresses(uint32, uint32, void *, void *, void *)") as (
    family: number,
    flags: number,
    reserved: null,
    into: Uint8Array,
    size: Uint32Array,
  ) => number,
  entry: func("uint32 __stdcall GetIfEntry2(void *)") as (row: Uint8Array) => number,
  routes: func("uint32 __stdcall GetIpForwardTable2(uint16, _Out_ void **)") as (family: number, table: [unknown]) => number,
  free: func("void __stdcall FreeMibTable(void *)") as (table: unknown) => void,
}));

const ANY_FAMILY = 0;
/** No anycast and multicast addresses, no name servers; also interfaces that are bound to nothing. */
const WANTED = 0x2 | 0x4 | 0x8 | 0x100;
const FIRST_BYTES = 16 * 1024;
const OVERFLOW = 111;
const NO_DATA = 232;
const ROUTES = 8;

export class WindowsNetworkInterfaces implements NetworkInterfaces {
  readonly #simple = new NodeNetworkInterfaces();

  async list(): Promise<readonly NetworkInterface[]> {
    let adapters: readonly Adapter[];
    try {
      adapters = readAdapters();
    } catch {
      return this.#simple.list();
    }
    return adapters.map(({ name, hardware, addresses, luid }) => {
      const counters = readCounters(luid);
      return {
        name,
        addresses: addresses.flatMap(({ bytes, prefix }) => addressOf(bytes, prefix) ?? []),
        ...(hardware === undefined ? {} : { hardwareAddress: hardware }),
        ...(counters === undefined ? {} : { counters }),
      };
    });
  }

  /** Their metric is what Windows compares: the route's and its interface's together. */
  async routes(): Promise<readonly NetworkRoute[]> {
    const adapters = new Map(readAdapters().map((adapter) => [adapter.luid, adapter]));
    const table: [unknown] = [null];
    checkStatus(helper().routes(ANY_FAMILY, table), "GetIpForwardTable2");
    try {
      const count = new DataView(Uint8Array.from(bytesAt(table[0], 4)).buffer).getUint32(0, true);
      const routes = Array.from({ length: count }, (_, index) =>
        routeOf(bytesAt(table[0], ROUTE_ROW_BYTES, ROUTES + index * ROUTE_ROW_BYTES), adapters),
      ).filter((route) => route !== undefined);
      return [...routes.filter(({ family }) => family === "ipv4"), ...routes.filter(({ family }) => family === "ipv6")];
    } finally {
      helper().free(table[0]);
    }
  }
}

function readAdapters(): readonly Adapter[] {
  const size = new Uint32Array([FIRST_BYTES]);
  for (;;) {
    const into = new Uint8Array(size[0] ?? FIRST_BYTES);
    const status = helper().adapters(ANY_FAMILY, WANTED, null, into, size);
    if (status === OVERFLOW) continue;
    if (status === NO_DATA) return [];
    checkStatus(status, "GetAdaptersAddresses");
    return adaptersAt(into);
  }
}

function readCounters(luid: bigint): InterfaceCounters | undefined {
  const row = new Uint8Array(INTERFACE_ROW_BYTES);
  new DataView(row.buffer).setBigUint64(0, luid, true);
  return helper().entry(row) === 0 ? countersOf(row) : undefined;
}
