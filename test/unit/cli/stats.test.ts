/** `lodger stats`: what a guest answers as a table and for Prometheus, and nothing of what is none. */
import { describe, expect, test } from "vitest";
import { prometheusText } from "../../../core/cli/stats-prometheus.ts";
import { readStatistics } from "../../../core/cli/stats-reading.ts";
import { statisticsTable } from "../../../core/cli/stats-table.ts";
import { parseExposition } from "./exposition.ts";

const REPORT = {
  version: "10.2.0+lodger.0.1.0",
  "uptime-seconds": 7300,
  requests: 1234,
  malformed: 7,
  abandoned: 2,
  errors: [{ class: "GenericError", count: 3 }],
  commands: [
    {
      name: "guest-ping",
      count: 1000,
      errors: 0,
      timed: 5,
      "total-ns": 2_500_000,
      "mean-ns": 500_000,
      "max-ns": 2_000_000,
      "p50-ns": 1500,
      "p90-ns": 2_000_000,
      "p99-ns": 2_000_000,
      buckets: [1, 3, 1],
    },
    {
      name: 'odd"\\name',
      count: 1,
      errors: 1,
      timed: 0,
      "total-ns": 0,
      "mean-ns": 0,
      "max-ns": 0,
      "p50-ns": 0,
      "p90-ns": 0,
      "p99-ns": 0,
      buckets: [0, 0, 0],
    },
  ],
  "bucket-bounds-ns": [1000, 2000],
  received: 52_000,
  sent: 1_300_000,
  memory: {
    resident: 50_000_000,
    "private-dirty": 11_000_000,
    "heap-total": 9e6,
    "heap-used": 8e6,
    external: 2e6,
    "array-buffers": 1000,
  },
  connections: [{ transport: "virtio-serial", open: 1, total: 12 }],
  descriptors: 22,
  held: [{ what: "file-handles", count: 3 }],
  plugins: [
    { name: "agent", state: "running", commands: 5 },
    { name: "mine", state: "failed", commands: 0 },
  ],
  frozen: false,
  "last-freeze": { began: 1_700_000_000, "lasted-ms": 1500, "ended-by": "guest-fsfreeze-thaw" },
  "event-loop": { "busy-ns": 1e9, "idle-ns": 99e9 },
};

const read = (changes: object = {}) => readStatistics(JSON.stringify({ ...REPORT, ...changes }));
const sure = (changes: object = {}) => read(changes) ?? expect.unreachable();

describe("for Prometheus", () => {
  const families = parseExposition(prometheusText(sure()));
  const samples = (name: string) =>
    families.get(name)?.samples.map(({ name: of, labels, value }) => [of.slice(name.length), labels, value]);

  test("times are seconds, and buckets add up to all that were timed", () => {
    expect(samples("lodger_command_duration_seconds")?.slice(0, 5)).toEqual([
      ["_bucket", { command: "guest-ping", le: "0.000001" }, 1],
      ["_bucket", { command: "guest-ping", le: "0.000002" }, 4],
      ["_bucket", { command: "guest-ping", le: "+Inf" }, 5],
      ["_sum", { command: "guest-ping" }, 0.0025],
      ["_count", { command: "guest-ping" }, 5],
    ]);
    expect(samples("lodger_last_freeze_duration_seconds")).toEqual([["", {}, 1.5]]);
    expect(samples("lodger_event_loop_busy_seconds_total")).toEqual([["", {}, 1]]);
  });

  test("a name's quotes and backslashes are escaped", () => {
    expect(samples("lodger_command_errors_total")).toContainEqual(["", { command: 'odd"\\name' }, 1]);
  });

  test("every figure of the answer is there", () => {
    expect(samples("lodger_memory_bytes")).toContainEqual(["", { kind: "private-dirty" }, 11_000_000]);
    expect(samples("lodger_connections")).toEqual([["", { transport: "virtio-serial" }, 1]]);
    expect(samples("lodger_plugins")).toContainEqual(["", { state: "failed" }, 1]);
    expect(samples("lodger_held")).toEqual([["", { what: "file-handles" }, 3]]);
    expect([...families.keys()].filter((name) => !name.startsWith("lodger_"))).toEqual([]);
    expect(families.size).toBe(23);
  });

  test("what an agent doesn't tell is left out", () => {
    const { descriptors: _, "last-freeze": __, "event-loop": ___, ...rest } = REPORT;
    const fewer = parseExposition(
      prometheusText(readStatistics(JSON.stringify({ ...rest, commands: [], held: [] })) ?? expect.unreachable()),
    );
    expect([...fewer.keys()].filter((name) => /command|held|descriptors|freeze|loop/.test(name))).toEqual([]);
  });
});

describe("the reader of the tests refuses", () => {
  const good = prometheusText(sure());
  test.each<[string, (text: string) => string]>([
    ["a sum that is missing", (text) => text.replace(/.*_sum.*\n/, "")],
    ["buckets that don't add up", (text) => text.replace(/(le="0.000002"\}) 4/, "$1 0")],
    ["a sample twice", (text) => text.replace(/(lodger_frozen \d\n)/, "$1$1")],
    ["a quote that isn't escaped", (text) => text.replace('odd\\"', 'odd"')],
    ["a counter that isn't named so", (text) => text.replaceAll("lodger_requests_total", "lodger_requests")],
    ["a type that is missing", (text) => text.replace(/# TYPE lodger_frozen.*\n/, "")],
  ])("%s", (_, spoil) => {
    expect(spoil(good)).not.toBe(good);
    expect(() => parseExposition(spoil(good))).toThrow();
  });
});

test("the table has what matters, in units for people", () => {
  const table = statisticsTable(sure());
  expect(table).toContain("up 2 h");
  expect(table).toContain("1,234, 2 given up by a sync; 7 that were no JSON");
  expect(table).toContain("11.0 MB private dirty");
  expect(table).toContain("mine is failed");
  expect(table).toContain("no; the last time:\n             since 2023-11-14T22:13:20Z, for 1.5 s, ended by guest-fsfreeze-thaw");
  expect(table).toContain("1.00 % busy");
  expect(table).toMatch(/guest-ping +1,000 +0 +500 µs +1.5 µs +2 ms +2 ms/);
  expect(table).toMatch(/odd"\\name +1 +1 +- +- +- +-\n/);
});

describe("a hostile guest", () => {
  test.each<[string, object]>([
    ["text for a number", { requests: "12" }],
    ["a number that JSON can't say", { "uptime-seconds": null }],
    ["an object for a list", { commands: {} }],
    ["another number of buckets than of bounds", { "bucket-bounds-ns": [1] }],
    ["a member missing", { memory: {} }],
    ["ten thousand and one errors", { errors: Array(10_001).fill({ class: "x", count: 1 }) }],
  ])("that answers %s is not believed", (_, changes) => {
    expect(read(changes)).toBeUndefined();
  });

  test("commands no terminal", () => {
    const odd = sure({ version: "\u001b[31m\n\u202e", connections: [{ transport: "x".repeat(1000), open: 1, total: 1 }] });
    expect(statisticsTable(odd)).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    expect(odd.connections[0]?.transport).toHaveLength(256);
    expect(() => parseExposition(prometheusText(odd))).not.toThrow();
  });

  test.each(["", "[]", "null", "7", "{"])("that answers %j is not believed", (text) => {
    expect(readStatistics(text)).toBeUndefined();
  });
});
