/** The guest's statistics, taken for hostile: only what has the right shape is shown, and text only where nothing in it commands a terminal. */
import { printable } from "../printable.ts";
import type { AgentStatisticsReport } from "../statistics/agent-statistics.ts";

/** Longest list that is read: more is no agent's. */
const MAX_ITEMS = 10_000;
const MAX_TEXT = 256;

class Unfit extends Error {}

type Reader<T> = (value: unknown) => T;
type Shape = Readonly<Record<string, Reader<unknown>>>;
type Read<S extends Shape> = { -readonly [K in keyof S]: S[K] extends Reader<infer T> ? T : never };

const count: Reader<number> = (value) => {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Unfit();
};

const text: Reader<string> = (value) => {
  if (typeof value === "string") return printable(value.slice(0, MAX_TEXT));
  throw new Unfit();
};

const flag: Reader<boolean> = (value) => {
  if (typeof value === "boolean") return value;
  throw new Unfit();
};

function list<T>(item: Reader<T>): Reader<T[]> {
  return (value) => {
    if (Array.isArray(value) && value.length <= MAX_ITEMS) return value.map(item);
    throw new Unfit();
  };
}

/** Members that are not known are left out: a newer agent may tell more. @param optional may be missing. */
function object<S extends Shape, O extends Shape>(shape: S, optional: O): Reader<Read<S> & Partial<Read<O>>> {
  return (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unfit();
    const members = value as Readonly<Record<string, unknown>>;
    const read = (name: string, reader: Reader<unknown>) => [name, reader(Object.hasOwn(members, name) ? members[name] : undefined)];
    const known = Object.entries(shape).map(([name, reader]) => read(name, reader));
    const more = Object.entries(optional).flatMap(([name, reader]) => (Object.hasOwn(members, name) ? [read(name, reader)] : []));
    return Object.fromEntries([...known, ...more]) as Read<S> & Partial<Read<O>>;
  };
}

const commandFigures = object(
  {
    name: text,
    count,
    errors: count,
    timed: count,
    "total-ns": count,
    "mean-ns": count,
    "max-ns": count,
    "p50-ns": count,
    "p90-ns": count,
    "p99-ns": count,
    buckets: list(count),
  },
  {},
);

const report = object(
  {
    version: text,
    "uptime-seconds": count,
    requests: count,
    malformed: count,
    abandoned: count,
    errors: list(object({ class: text, count }, {})),
    commands: list(commandFigures),
    "bucket-bounds-ns": list(count),
    received: count,
    sent: count,
    memory: object(
      { resident: count, "heap-total": count, "heap-used": count, external: count, "array-buffers": count },
      { "private-dirty": count },
    ),
    connections: list(object({ transport: text, open: count, total: count }, {})),
    held: list(object({ what: text, count }, {})),
    plugins: list(object({ name: text, state: text, commands: count }, {})),
    frozen: flag,
  },
  {
    descriptors: count,
    "last-freeze": object({ began: count }, { "lasted-ms": count, "ended-by": text }),
    "event-loop": object({ "busy-ns": count, "idle-ns": count }, {}),
  },
);

/** @returns undefined for what are none. */
export function readStatistics(json: string): AgentStatisticsReport | undefined {
  try {
    const read = report(JSON.parse(json));
    const buckets = read["bucket-bounds-ns"].length + 1;
    return read.commands.every((each) => each.buckets.length === buckets) ? (read as AgentStatisticsReport) : undefined;
  } catch (error) {
    if (error instanceof Unfit || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
