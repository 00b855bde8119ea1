/** Hosts that leave at any byte, never read, never end a request, or sync at the wrong time: the agent's other clients notice nothing. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { memoryOf, peakOf, resetPeak } from "../bench/process-memory.ts";
import { WireClient } from "./faults/wire-client.ts";
import { type Running, serve } from "./program.ts";

const MIB = 1024 * 1024;

let folder: string;
let built: string;
let socket: string;
let agent: Running;
let witness: WireClient;
let descriptors: number;

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  built = mkdtempSync(join(cache, "test-"));
  const { file } = await bundle({ outfile: join(built, "lodger.cjs") });
  folder = mkdtempSync(join(tmpdir(), "lodger-faults-"));
  socket = join(folder, "s");
  agent = serve([process.execPath, file], socket, ["-m", "unix-listen", "-p", socket, "-t", folder, "-l", join(folder, "log")]);
  await agent.ask({ execute: "guest-ping" });
  witness = await WireClient.connect(socket);
  // What the first of these commands loads stays.
  const { return: handle } = await witness.ask("guest-file-open", { path: join(folder, "log") });
  await witness.ask("guest-file-close", { handle });
  descriptors = openDescriptors();
}, 60_000);

afterAll(async () => {
  witness.leave();
  expect(await agent.end()).toMatchObject({ status: 0, output: "", errors: "" });
  for (const path of [folder, built]) rmSync(path, { recursive: true, force: true });
});

const openDescriptors = () => readdirSync(`/proc/${agent.pid}/fd`).length;

/** The agent answers somebody else, and has nothing open for who has left. */
async function undisturbed(handles = 0): Promise<void> {
  expect(await witness.ask("guest-ping")).toEqual({ return: {} });
  await expect.poll(openDescriptors, { timeout: 60_000 }).toBe(descriptors + handles);
}

describe("a host that leaves", () => {
  test("at every byte of a request: what is not whole is not done", async () => {
    const path = join(folder, "opened");
    writeFileSync(path, "");
    const request = `${JSON.stringify({ execute: "guest-file-open", arguments: { path } })}\n`;
    for (let length = 0; length < request.lastIndexOf("}"); length++) {
      const client = await WireClient.connect(socket);
      await client.sendAll(request.slice(0, length) || "\n");
      if (length % 2 === 0) client.leave();
      else client.socket.end(() => client.leave());
    }
    await undisturbed();
  });

  test.each([
    ["and has read none of the answers", (client: WireClient) => client.leave()],
    ["and has said that no more comes", (client: WireClient) => client.socket.end(() => client.leave())],
  ])("right behind its requests %s: what has arrived is done, in order", async (how, leave) => {
    const path = join(folder, `written-${how.length}`);
    const { return: handle } = await witness.ask("guest-file-open", { path, mode: "w" });
    const client = await WireClient.connect(socket);
    const texts = Array.from({ length: 300 }, (_, index) => `${index}\n`);
    const requests = texts.map((text) => ({
      execute: "guest-file-write",
      arguments: { handle, "buf-b64": Buffer.from(text).toString("base64") },
    }));
    await client.sendAll(requests.map((request) => `${JSON.stringify(request)}\n`).join(""));
    leave(client);
    await expect.poll(() => readFileSync(path, "latin1"), { timeout: 10_000 }).toBe(texts.join(""));
    await witness.ask("guest-file-close", { handle });
    await undisturbed();
  });

  test("at every byte of an answer", async () => {
    const answer = '{"return": 9007199254740993}\n';
    for (let length = 0; length <= answer.length + 1; length++) {
      const client = await WireClient.connect(socket);
      await client.sendAll('{"execute":"guest-sync-delimited","arguments":{"id":9007199254740993}}');
      if (length > 0) expect(`\xff${answer}`).toContain(await client.take(length));
      client.leave();
    }
    await undisturbed();
  });

  test("anywhere in an answer of many writes", async () => {
    const path = join(folder, "large");
    writeFileSync(path, Buffer.alloc(3 * MIB, "large"));
    const { return: handle } = await witness.ask("guest-file-open", { path });
    for (let take = 1; take < 4 * MIB; take += 300_007) {
      const client = await WireClient.connect(socket);
      client.send(JSON.stringify({ execute: "guest-file-read", arguments: { handle, count: 3 * MIB } }));
      await client.take(take);
      client.leave();
      await witness.ask("guest-file-seek", { handle, offset: 0, whence: "set" });
    }
    const { return: whole } = await witness.ask("guest-file-read", { handle, count: 4 * MIB });
    expect(whole).toMatchObject({ count: 3 * MIB, eof: true });
    await witness.ask("guest-file-close", { handle });
    await undisturbed();
  });
});

describe("a host that floods", () => {
  test("and never reads costs bounded memory, and no other client its answer", { timeout: 90_000 }, async () => {
    const batch = '{"execute":"guest-info"}\n'.repeat(1000);
    const before = memoryOf(agent.pid).resident;
    resetPeak(agent.pid);
    const clients = await Promise.all(Array.from({ length: 2 }, () => WireClient.connect(socket)));
    for (const client of clients) for (let i = 0; i < 60; i++) client.send(batch);
    // Each has a hundred megabytes of answers to come.
    for (let i = 0; i < 50; i++) expect(await witness.ask("guest-sync", { id: i })).toEqual({ return: i });
    expect(clients.every((client) => client.socket.writableLength > 0)).toBe(true);
    expect(peakOf(agent.pid) - before).toBeLessThan(100 * MIB);
    // Who begins to read late still gets everything in order.
    const [late, ...others] = clients;
    expect(await late?.line()).toMatch(/^{"return": {"/);
    for (const client of others) client.leave();
    late?.leave();
    await undisturbed();
  });

  test.each([
    ["a string", '{"execute":"guest-ping","arguments":{"a":"', "aaaaaaaa", "JSON token size limit exceeded"],
    ["base64", '{"execute":"guest-file-write","arguments":{"handle":1,"buf-b64":"', "aaaaaaaa", "JSON token size limit exceeded"],
    ["members", '{"execute":"guest-ping","arguments":{', '"a":1111,', "JSON token count limit exceeded"],
    ["brackets", "", "[[[[[[[[", "JSON nesting depth limit exceeded"],
    ["a number", '{"execute":', "11111111", "JSON token size limit exceeded"],
  ])("with %s that never ends is told the limit, and memory is bounded", { timeout: 90_000 }, async (_what, begin, piece, limit) => {
    const client = await WireClient.connect(socket);
    const before = memoryOf(agent.pid).resident;
    resetPeak(agent.pid);
    const answers = client.drain();
    await client.sendAll(begin);
    // Small: behind the limit each token is an error of its own.
    const chunk = Buffer.from(piece.repeat(4096));
    for (let sent = 0; sent < 80 * MIB && answers.first === ""; sent += chunk.length) await client.sendAll(chunk);
    await expect
      .poll(() => answers.first.split("\n")[0], { timeout: 10_000 })
      .toBe(`{"error": {"class": "GenericError", "desc": "${limit}"}}`);
    expect(peakOf(agent.pid) - before).toBeLessThan(256 * MIB);
    client.leave();
    await undisturbed();
  });
});

describe("syncs", () => {
  test("of two hosts at once: each gets its own, and all of them", async () => {
    const [a, b] = [await WireClient.connect(socket), await WireClient.connect(socket)];
    const ids = Array.from({ length: 200 }, (_, id) => id);
    for (const id of ids) {
      a.send(`{"execute":"guest-sync-delimited","arguments":{"id":${id}}}`);
      b.send(`{"execute":"guest-sync","arguments":{"id":${id + 1000}}}`);
    }
    for (const id of ids) expect([await a.line(), await b.line()]).toEqual([`\xff{"return": ${id}}`, `{"return": ${id + 1000}}`]);
    for (const client of [a, b]) client.leave();
    await undisturbed();
  });

  test("in the middle of a long answer: the answer is whole, then the sync's", async () => {
    const path = join(folder, "long");
    writeFileSync(path, Buffer.alloc(8 * MIB, "long"));
    const client = await WireClient.connect(socket);
    const { return: handle } = await client.ask("guest-file-open", { path });
    client.send(JSON.stringify({ execute: "guest-file-read", arguments: { handle, count: 8 * MIB } }));
    await client.take(100_000);
    // Longer than its patience.
    client.send('{"execute":"guest-sync","arguments":{"id":7}}{"execute":"guest-ping"}\n');
    await new Promise((resolve) => setTimeout(resolve, 600));
    const { return: read } = JSON.parse(await client.line());
    expect(Buffer.from(read["buf-b64"], "base64").equals(Buffer.alloc(8 * MIB, "long"))).toBe(true);
    expect([await client.line(), await client.line()]).toEqual(['{"return": 7}', '{"return": {}}']);
    await client.ask("guest-file-close", { handle });
    client.leave();
    await undisturbed();
  });
});
