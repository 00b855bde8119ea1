import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SYNC_PATIENCE_MS } from "../../../core/dispatch/session.ts";
import { command, Type } from "../../../core/plugin.ts";
import { answers, serve } from "./agent-under-test.ts";

const sync = command({
  name: "sync",
  since: "1",
  summary: "Syncs.",
  arguments: Type.Object({ id: Type.Int64() }),
  returns: Type.Int64(),
  synchronizes: true,
  run: ({ id }) => id,
});
const ping = command({ name: "ping", since: "1", summary: "Answers.", run: () => undefined });

/** A command that answers when told to. */
function slow() {
  const calls: { answer: (value: number) => void; signal: AbortSignal }[] = [];
  const definition = command({
    name: "slow",
    since: "1",
    summary: "Answers when told to.",
    returns: Type.Int64(),
    run: (_, { signal }) => new Promise<number>((answer) => calls.push({ answer, signal })),
  });
  return { calls, definition };
}

const send = (execute: string, id?: number) =>
  JSON.stringify(id === undefined ? { execute } : { execute, id, ...(execute === "sync" ? { arguments: { id } } : {}) });

describe("order", () => {
  test("answers keep the order of requests, whoever is done first", async () => {
    const { calls, definition } = slow();
    const { connection, served } = await serve([ping, definition]);
    connection.receive(send("slow", 1) + send("ping", 2) + send("slow", 3) + send("ping", 4));
    connection.end();
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    expect(connection.sent).toBe("");
    calls[0]?.answer(7);
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    calls[1]?.answer(8);
    await served;
    expect(connection.sent.match(/"id": (\d)/g)).toEqual(['"id": 1', '"id": 2', '"id": 3', '"id": 4']);
  });

  test("a client that leaves still has its requests done", async () => {
    const { calls, definition } = slow();
    const { connection, served } = await serve([definition]);
    connection.receive(send("slow") + send("slow"));
    connection.end();
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    calls[0]?.answer(1);
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    calls[1]?.answer(2);
    await served;
    expect(calls[0]?.signal.aborted).toBe(false);
  });

  test("answers of one chunk go out in one write", async () => {
    const { connection, served } = await serve([ping]);
    const spy = vi.spyOn(connection, "send");
    connection.receive(send("ping").repeat(50));
    connection.end();
    await served;
    expect(spy).toHaveBeenCalledTimes(1);
    expect(connection.sent).toBe('{"return": {}}\n'.repeat(50));
  });
});

describe("sync", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("gives up what hangs before it, and what waits behind that", async () => {
    const { calls, definition } = slow();
    const { connection, log } = await serve([ping, sync, definition]);
    connection.receive(send("slow", 1) + send("ping", 2) + send("sync", 3) + send("ping", 4));
    await vi.advanceTimersByTimeAsync(SYNC_PATIENCE_MS - 1);
    expect(connection.sent).toBe("");
    await vi.advanceTimersByTimeAsync(1);
    expect(connection.sent).toBe('{"return": 3, "id": 3}\n{"return": {}, "id": 4}\n');
    expect(calls[0]?.signal.aborted).toBe(true);
    expect(log.lines.join()).toContain("gives up 2 request(s)");
    calls[0]?.answer(9);
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.sent).not.toContain("9");
    expect(log.lines.join()).toContain("an answer was dropped");
  });

  test("waits for what is answered in time", async () => {
    const { calls, definition } = slow();
    const { connection } = await serve([sync, definition]);
    connection.receive(send("slow", 1) + send("sync", 2));
    await vi.advanceTimersByTimeAsync(SYNC_PATIENCE_MS - 1);
    calls[0]?.answer(5);
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.sent).toBe('{"return": 5, "id": 1}\n{"return": 2, "id": 2}\n');
    await vi.advanceTimersByTimeAsync(SYNC_PATIENCE_MS);
    expect(calls[0]?.signal.aborted).toBe(false);
  });

  test("that is itself wrong gives up nothing", async () => {
    const { calls, definition } = slow();
    const { connection } = await serve([sync, definition]);
    connection.receive(`${send("slow", 1)}{"execute":"sync","arguments":{"id":"x"}}`);
    await vi.advanceTimersByTimeAsync(SYNC_PATIENCE_MS * 2);
    expect(calls[0]?.signal.aborted).toBe(false);
    expect(connection.sent).toBe("");
  });

  test("that had to wait for the client to read still gives up what then hangs", async () => {
    const { calls, definition } = slow();
    const text = "x".repeat(100_000);
    const long = command({ name: "long", since: "1", summary: "Text.", returns: Type.String(), run: () => text });
    const { connection } = await serve([long, sync, definition]);
    let go = () => undefined as void;
    connection.stalled = new Promise((resolve) => (go = resolve));
    connection.receive(send("long").repeat(20) + send("slow", 1) + send("sync", 2));
    await vi.advanceTimersByTimeAsync(SYNC_PATIENCE_MS * 2);
    expect(calls).toHaveLength(0);
    connection.stalled = undefined;
    go();
    await vi.advanceTimersByTimeAsync(0);
    expect(calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(SYNC_PATIENCE_MS);
    expect(connection.sent.endsWith('{"return": 2, "id": 2}\n')).toBe(true);
    expect(calls[0]?.signal.aborted).toBe(true);
  });

  test("an answer that has begun is sent to its end", async () => {
    const bytes = Buffer.alloc(300_000, "x");
    const big = command({ name: "big", since: "1", summary: "Bytes.", returns: Type.Base64(), run: () => bytes });
    const { connection } = await serve([big, sync]);
    let go = () => undefined as void;
    connection.stalled = new Promise((resolve) => (go = resolve));
    connection.receive(send("big", 1) + send("sync", 2));
    await vi.advanceTimersByTimeAsync(SYNC_PATIENCE_MS * 2);
    go();
    connection.stalled = undefined;
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.sent).toBe(`{"return": "${bytes.toString("base64")}", "id": 1}\n{"return": 2, "id": 2}\n`);
  });
});

describe("back-pressure", () => {
  test.each([
    ["in a thousand chunks", Array.from({ length: 1000 }, () => send("long"))],
    ["in one chunk", [send("long").repeat(1000)]],
  ])("a client that sends a thousand requests %s and doesn't read costs bounded memory", async (_, chunks) => {
    const text = "x".repeat(10_000);
    const long = command({ name: "long", since: "1", summary: "Text.", returns: Type.String(), run: () => text });
    const { connection, served } = await serve([long]);
    let go = () => undefined as void;
    connection.stalled = new Promise((resolve) => (go = resolve));
    for (const chunk of chunks) connection.receive(chunk);
    connection.end();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(connection.sent.length).toBeLessThan(2_000_000);
    connection.stalled = undefined;
    go();
    await served;
    expect(connection.sent.split("\n")).toHaveLength(1001);
  });

  test("requests behind a slow one are taken up to a bound", async () => {
    const { calls, definition } = slow();
    const { connection } = await serve([ping, definition]);
    connection.receive(send("slow"));
    for (let i = 0; i < 100; i++) connection.receive(send("ping").repeat(100));
    await vi.waitFor(() => expect(connection.chunksRead).toBeGreaterThan(40));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(connection.chunksRead).toBeLessThan(45);
    calls[0]?.answer(1);
    await vi.waitFor(() => expect(connection.sent.split("\n")).toHaveLength(10_002));
  });
});

describe("failures", () => {
  test("a command that throws or rejects answers an error, and the next one is answered", async () => {
    const throws = command({ name: "throws", since: "1", summary: "Throws.", run: () => JSON.parse("{") });
    const rejects = command({ name: "rejects", since: "1", summary: "Rejects.", run: () => Promise.reject(new Error("no")) });
    const lines = await answers([ping, throws, rejects], send("throws") + send("rejects") + send("ping"));
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain("Command throws failed inside the agent");
    expect(lines[1]).toContain("Command rejects failed inside the agent: no");
    expect(lines[2]).toBe('{"return": {}}');
  });
});
