/** System calls that fail under the running agent: storms of calls that are to be tried again, and those of which a request has to tell. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { type Fault, noTracing, withFault } from "./faults/tracer.ts";
import { WireClient } from "./faults/wire-client.ts";
import { type Program, type Running, serve } from "./program.ts";

const MIB = 1024 * 1024;
const WRITES = "write,writev,sendmsg,sendto";
const READS = "read,readv,recvmsg,recvfrom";
let program: Program;
let folder: string;
const ends: (() => unknown)[] = [];
const refusal = noTracing();

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  const built = mkdtempSync(join(cache, "test-"));
  const { file } = await bundle({ outfile: join(built, "lodger.cjs") });
  program = [process.execPath, file];
  return () => rmSync(built, { recursive: true, force: true });
}, 60_000);
beforeEach(({ skip }) => {
  if (refusal !== undefined) skip(refusal);
  folder = mkdtempSync(join(tmpdir(), "lodger-faults-"));
});
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
  rmSync(folder, { recursive: true, force: true });
});

interface Served {
  readonly agent: Running;
  readonly client: WireClient;
  /** What the agent has of this client's connection. */
  readonly channel: string;
}

async function onSocket(): Promise<Served> {
  const socket = join(folder, "s");
  const agent = serve(program, socket, ["-m", "unix-listen", "-p", socket, "-t", folder, "-l", join(folder, "log")]);
  ends.push(() => agent.end());
  await agent.ask({ execute: "guest-ping" });
  const sockets = () => readdirSync(`/proc/${agent.pid}/fd`).map((fd) => linkOf(`/proc/${agent.pid}/fd/${fd}`));
  const before = new Set(sockets());
  const client = await WireClient.connect(socket);
  ends.push(() => client.leave());
  await client.ask("guest-ping");
  const [channel = "", ...more] = sockets().filter((link) => link.startsWith("socket:") && !before.has(link));
  expect(more).toEqual([]);
  return { agent, client, channel };
}

/** A device, as hypervisors have them: a terminal takes 4 KiB at a time. */
async function onTerminal(): Promise<Served> {
  const [socket, line] = [join(folder, "s"), join(folder, "line")];
  const socat = spawn("socat", [`UNIX-LISTEN:${socket}`, `PTY,link=${line},raw,echo=0`], { stdio: "ignore" });
  ends.push(() => Promise.all([once(socat, "exit"), socat.kill()]));
  await expect.poll(() => existsSync(socket), { timeout: 10_000 }).toBe(true);
  const client = await WireClient.connect(socket);
  ends.push(() => client.leave());
  await expect.poll(() => existsSync(line), { timeout: 10_000 }).toBe(true);
  const agent = serve(program, socket, ["-m", "isa-serial", "-p", line, "-t", folder, "-l", join(folder, "log")]);
  ends.push(() => agent.end());
  // What is sent before the agent has opened the line is nobody's.
  const pinging = setInterval(() => client.send('{"execute":"guest-ping"}\n'), 100);
  await client.take(1);
  clearInterval(pinging);
  client.send('{"execute":"guest-sync","arguments":{"id":1}}\n');
  while ((await client.line()) !== '{"return": 1}');
  return { agent, client, channel: realpathSync(line) };
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** No two blocks of it are equal. */
function content(bytes: number): Buffer {
  return Buffer.from(Uint32Array.from({ length: bytes / 4 }, (_, index) => Math.imul(index, 2654435761)).buffer);
}

async function failing<T>({ agent }: Served, fault: Fault, work: () => Promise<T>): Promise<{ result: T; injected: number }> {
  return withFault(agent.pid, join(folder, "trace"), fault, work);
}

describe.each([
  ["a socket", onSocket, 8 * MIB, 20],
  ["a device", onTerminal, MIB, 20],
] as const)("a storm on %s", (_, started, bytes, atLeast) => {
  test.each(["EAGAIN", "EINTR"])(
    "of %s at every second write: an answer comes whole, and then the next",
    { timeout: 60_000 },
    async (error) => {
      const served = await started();
      const { client, channel } = served;
      const path = join(folder, "large");
      const all = content(bytes);
      writeFileSync(path, all);
      const { return: handle } = await client.ask("guest-file-open", { path });
      const { result, injected } = await failing(served, { calls: WRITES, error, when: "1+2", on: channel }, async () => {
        const answer = await client.ask("guest-file-read", { handle, count: bytes });
        expect(await client.ask("guest-sync", { id: 7 })).toEqual({ return: 7 });
        return answer;
      });
      expect((result.return as { "buf-b64": string })["buf-b64"] === all.toString("base64")).toBe(true);
      expect(injected).toBeGreaterThan(atLeast);
      expect(await client.ask("guest-ping")).toEqual({ return: {} });
    },
  );

  test.each(["EAGAIN", "EINTR"])(
    "of %s at every second read: a request is taken whole, and then the next",
    { timeout: 60_000 },
    async (error) => {
      const served = await started();
      const { client, channel } = served;
      const path = join(folder, "written");
      const all = content(bytes);
      const { return: handle } = await client.ask("guest-file-open", { path, mode: "w" });
      const { result, injected } = await failing(served, { calls: READS, error, when: "1+2", on: channel }, async () => {
        const answer = await client.ask("guest-file-write", { handle, "buf-b64": all.toString("base64") });
        expect(await client.ask("guest-sync", { id: 7 })).toEqual({ return: 7 });
        return answer;
      });
      expect(result).toMatchObject({ return: { count: bytes } });
      expect(readFileSync(path).equals(all)).toBe(true);
      expect(injected).toBeGreaterThan(atLeast);
      expect(await client.ask("guest-ping")).toEqual({ return: {} });
    },
  );
});

describe("a call that fails under a request", () => {
  const OPENING = { request: "guest-file-open", args: { path: "/etc/hostname" } };
  const WRITING = { request: "guest-file-write", args: { handle: "$handle", "buf-b64": "bW9yZQ==" } };
  test.each([
    ["openat", "ENFILE", "/etc/hostname", OPENING, "failed to open file '/etc/hostname' (mode: 'r'): Too many open files in system"],
    ["rename,renameat,renameat2", "EIO", undefined, OPENING, "the counter of handles can't be kept in FOLDER: Input/output error"],
    ["write,pwrite64,writev", "ENOSPC", "FOLDER/file", WRITING, "failed to write to file: No space left on device"],
    ["write,pwrite64,writev", "EIO", "FOLDER/file", WRITING, "failed to write to file: Input/output error"],
    [
      "read,pread64,preadv2",
      "EIO",
      "FOLDER/file",
      { request: "guest-file-read", args: { handle: "$handle" } },
      "failed to read file: Input/output error",
    ],
    [
      "lseek",
      "EIO",
      "FOLDER/file",
      { request: "guest-file-seek", args: { handle: "$handle", offset: 1, whence: 0 } },
      "failed to seek file: Input/output error",
    ],
    [
      "close",
      "EIO",
      "FOLDER/file",
      { request: "guest-file-close", args: { handle: "$handle" } },
      "failed to close handle: Input/output error",
    ],
    [
      "clone,?clone3,?vfork",
      "EAGAIN",
      undefined,
      { request: "guest-exec", args: { path: "/bin/true" } },
      "Failed to execute child process “/bin/true” (Resource temporarily unavailable)",
    ],
  ])("%s with %s: the error says so, and the agent goes on", { timeout: 60_000 }, async (calls, error, on, { request, args }, text) => {
    const served = await onSocket();
    const { client } = served;
    const path = join(folder, "file");
    writeFileSync(path, "some");
    const { return: handle } = await client.ask("guest-file-open", { path, mode: "r+" });
    const given = { ...args, ...("handle" in args ? { handle } : {}) };
    const ask = () => client.ask(request, given);
    const { result, injected } = await failing(
      served,
      { calls, error, ...(on === undefined ? {} : { on: on.replace("FOLDER", folder) }) },
      ask,
    );
    expect(result.error?.desc.replaceAll(folder, "FOLDER")).toBe(text);
    expect(injected).toBeGreaterThan(0);
    expect(await client.ask("guest-ping")).toEqual({ return: {} });
    // And without the fault it is done, but that a closed handle is gone.
    const { error: again } = await ask();
    expect(again?.desc).toBe(request === "guest-file-close" ? `handle '${handle}' has not been found` : undefined);
  });
});
