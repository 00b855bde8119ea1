/** What the agent counts: requests and errors by command, times in buckets, bytes and clients. */
import "reflect-metadata";
import { describe, expect, test } from "vitest";
import { command, failed, Type } from "../../core/plugin.ts";
import { BOUNDS_MS, CommandFigures } from "../../core/statistics/figures.ts";
import { StatisticsReport } from "../../core/statistics/report.ts";
import { Statistics } from "../../core/statistics/statistics.ts";
import { serve } from "./dispatch/agent-under-test.ts";

const COMMANDS = [
  command({
    name: "guest-quick",
    since: "1",
    summary: "",
    arguments: Type.Object({ n: Type.Optional(Type.Int64()) }),
    run: () => undefined,
  }),
  command({ name: "guest-slow", since: "1", summary: "", run: () => new Promise<void>((resolve) => setTimeout(resolve, 30)) }),
  command({ name: "guest-fails", since: "1", summary: "", run: () => Promise.reject(failed("no")) }),
];

const request = (execute: string, args?: object) => `${JSON.stringify({ execute, ...(args ? { arguments: args } : {}) })}\n`;

async function reportAfter(...chunks: readonly string[]) {
  const { connection, served, dispatcher, registry } = await serve(COMMANDS);
  for (const chunk of chunks) connection.receive(chunk);
  connection.end();
  await served;
  const state = { frozen: false, lastFreeze: undefined };
  const report = new StatisticsReport(dispatcher.statistics, registry, state, { method: "unix-listen" }).report();
  return { report, sent: connection.sent };
}

describe("a client's requests", () => {
  test("are counted, with what was wrong with them", async () => {
    const text = [
      request("guest-quick").repeat(3),
      request("guest-quick", { n: "five" }),
      request("guest-fails"),
      request("guest-none"),
      "[]\n",
      "}\n",
    ].join("");
    const { report, sent } = await reportAfter(text);
    const counts = Object.fromEntries(report.commands.map(({ name, count, errors }) => [name, [count, errors]]));
    expect(counts).toEqual({ "guest-quick": [4, 1], "guest-fails": [1, 1] });
    expect(report.malformed).toBe(1);
    expect(report.requests).toBe(sent.split("\n").length - 2);
    expect(report.errors).toEqual([
      { class: "GenericError", count: 3 },
      { class: "CommandNotFound", count: 1 },
    ]);
    expect(report.received).toBe(text.length);
    expect(report.sent).toBe(sent.length);
  });

  test("are timed: what takes its time always, what is answered at once the first of each chunk and one in sixteen", async () => {
    const { report } = await reportAfter(request("guest-quick").repeat(33), request("guest-quick"), request("guest-slow").repeat(2));
    const [quick, slow] = report.commands;
    expect(quick).toMatchObject({ name: "guest-quick", count: 34, timed: 4 });
    expect(slow).toMatchObject({ name: "guest-slow", count: 2, timed: 2 });
    expect(slow?.["p50-ns"]).toBeGreaterThan(20e6);
    expect(slow?.["total-ns"]).toBeGreaterThan(quick?.["max-ns"] ?? Number.POSITIVE_INFINITY);
  });

  test("are timed behind the byte by which a client begins", async () => {
    const { report } = await reportAfter(`\xff${request("guest-quick")}`);
    expect(report).toMatchObject({ requests: 1, malformed: 1, errors: [] });
    expect(report.commands[0]).toMatchObject({ count: 1, errors: 0, timed: 1 });
  });

  test("are counted where a sync gives them up", async () => {
    const never = command({ name: "guest-never", since: "1", summary: "", run: () => new Promise<void>(() => undefined) });
    const sync = command({ name: "guest-sync", since: "1", summary: "", synchronizes: true, run: () => undefined });
    const { connection, served, dispatcher } = await serve([never, sync]);
    connection.receive(request("guest-never").repeat(3) + request("guest-sync"));
    connection.end();
    await served;
    expect(dispatcher.statistics.abandoned).toBe(3);
  });
});

describe("the times of a command", () => {
  const timed = (...times: readonly number[]) => {
    const figures = new CommandFigures();
    for (const ms of times) figures.time(ms);
    return figures;
  };

  test("a bound belongs to its own bucket, and what is longer than all to the last", () => {
    expect(BOUNDS_MS).toHaveLength(24);
    for (const [index, bound] of BOUNDS_MS.entries()) {
      expect(timed(bound).buckets[index]).toBe(1);
      expect(timed(bound * 1.001).buckets[index + 1]).toBe(1);
    }
    expect(timed(0).buckets[0]).toBe(1);
    expect(timed(1e9).buckets.at(-1)).toBe(1);
  });

  test.each([
    { times: [], half: [0, 0], most: [0, 0] },
    { times: [3], half: [2, 3], most: [2, 3] },
    { times: [...Array<number>(90).fill(0.003), ...Array<number>(10).fill(40)], half: [0.002, 0.005], most: [20, 40] },
    { times: [500_000], half: [50_000, 500_000], most: [50_000, 500_000] },
  ])("the shares of $times.length lie in the right bucket, and never above the longest", ({ times, half, most }) => {
    const figures = timed(...times);
    for (const [share, [low = 0, high = 0]] of [
      [0.5, half],
      [0.99, most],
    ] as const) {
      expect(figures.within(share)).toBeGreaterThanOrEqual(low);
      expect(figures.within(share)).toBeLessThanOrEqual(high);
    }
    expect(figures.within(1)).toBe(figures.longestMs);
  });
});

test("of a freeze it is told when it began, how long it lasted and what ended it; of the machine what it takes", () => {
  const lastFreeze = { began: 1_700_000_000_999, lastedMs: 1234, by: "guest-fsfreeze-thaw" };
  const statistics = new Statistics();
  statistics.set("file-handles", 3);
  const registry = { all: () => [] } as never;
  const report = new StatisticsReport(statistics, registry, { frozen: false, lastFreeze }, { method: "tcp-listen" }).report();
  expect(report["last-freeze"]).toEqual({ began: 1_700_000_000, "lasted-ms": 1234, "ended-by": "guest-fsfreeze-thaw" });
  expect(report.held).toEqual([{ what: "file-handles", count: 3 }]);
  expect(report.memory["private-dirty"]).toBeGreaterThan(1e6);
  expect(report.memory.resident).toBeGreaterThan(report.memory["private-dirty"] ?? Number.POSITIVE_INFINITY);
  expect(report.descriptors).toBeGreaterThan(2);
});
