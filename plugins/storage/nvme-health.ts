/** The NVMe log page "SMART / health information" as the wire has it. */
import { exact } from "./exact.ts";

/** The 16-byte counters of the page, one after another from here on. */
const COUNTERS_AT = 32;
const COUNTERS = [
  "data-units-read",
  "data-units-written",
  "host-read-commands",
  "host-write-commands",
  "controller-busy-time",
  "power-cycles",
  "power-on-hours",
  "unsafe-shutdowns",
  "media-errors",
  "number-of-error-log-entries",
] as const;

type Half = `${(typeof COUNTERS)[number]}-${"lo" | "hi"}`;
type Counters = { [K in Half]: number | bigint };

export type NvmeHealth = Counters & {
  readonly type: "nvme";
  readonly "critical-warning": number;
  readonly temperature: number;
  readonly "available-spare": number;
  readonly "available-spare-threshold": number;
  readonly "percentage-used": number;
};

/** @param page of 512 bytes. */
export function decodeNvmeHealth(page: Uint8Array): NvmeHealth {
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const counters: Partial<Counters> = {};
  for (const [index, name] of COUNTERS.entries()) {
    const at = COUNTERS_AT + 16 * index;
    counters[`${name}-lo`] = exact(view.getBigUint64(at, true));
    counters[`${name}-hi`] = exact(view.getBigUint64(at + 8, true));
  }
  return {
    type: "nvme",
    "critical-warning": view.getUint8(0),
    temperature: view.getUint16(1, true),
    "available-spare": view.getUint8(3),
    "available-spare-threshold": view.getUint8(4),
    "percentage-used": view.getUint8(5),
    ...(counters as Counters),
  };
}
