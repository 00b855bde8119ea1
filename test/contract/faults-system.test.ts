/** An agent on a machine that is short of something for real: disk, descriptors, memory; and one that is killed at any time. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { WireClient } from "./faults/wire-client.ts";
import { type Program, type Running, serve } from "./program.ts";

const MIB = 1024 * 1024;
let built: string;
let folder: string;
let program: Program;

beforeAll(async () => {
  mkdirSync(cache, { recursive: true });
  built = mkdtempSync(join(cache, "test-"));
  const { file } = await bundle({ outfile: join(built, "lodger.cjs") });
  program = [process.execPath, file];
  folder = mkdtempSync(join(tmpdir(), "lodger-faults-"));
}, 60_000);
afterAll(() => {
  for (const path of [folder, built]) rmSync(path, { recursive: true, force: true });
});

function started(name: string, by: readonly string[] = []): { agent: Running; socket: string; state: string } {
  const state = join(folder, name);
  mkdirSync(state, { recursive: true });
  const socket = join(state, "s");
  const [command = "", ...before] = [...by, ...program];
  return {
    agent: serve([command, ...before], socket, ["-m", "unix-listen", "-p", socket, "-t", state, "-l", join(state, "log")]),
    socket,
    state,
  };
}

const descriptorsOf = (agent: Running) => readdirSync(`/proc/${agent.pid}/fd`).length;

test("a disk that is full, has room again, and becomes read-only", { timeout: 60_000 }, ({ skip }) => {
  if (process.getuid?.() !== 0) skip("only root may make a mount namespace");
  const scenario = join(import.meta.dirname, "faults/full-disk.ts");
  const own = mkdtempSync(join(folder, "disk-"));
  const printed = execFileSync(
    "unshare",
    ["--mount", "--propagation", "private", process.execPath, "--disable-warning=ExperimentalWarning", scenario, own, ...program],
    { encoding: "utf8", timeout: 50_000 },
  );
  const { size, ...told } = JSON.parse(printed);
  expect(size).toBeGreaterThan(0);
  expect(told).toEqual({
    full: {
      write: "failed to write to file: No space left on device",
      read: { position: 0, eof: false },
      open: "the counter of handles can't be kept in DISK/state: No space left on device",
      create: "the counter of handles can't be kept in DISK/state: No space left on device",
      ping: {},
    },
    torn: false,
    again: { open: "number", counter: true, logWhole: true, logged: true },
    readOnly: {
      write: "failed to open file 'DISK/file' (mode: 'w'): Read-only file system",
      read: "the counter of handles can't be kept in DISK/state: Read-only file system",
      ping: {},
      keyfile: true,
    },
    status: 0,
    errors: "",
    refusedStatus: 1,
    refusedErrors: "lodger: the state folder 'DISK/state' can't be used: Read-only file system; make it, or name another with --statedir\n",
  });
});

test("no descriptors left: what needs one says so, who is there is answered, and then all is well again", { timeout: 60_000 }, async () => {
  const limit = 64;
  const { agent, socket } = started("descriptors", ["prlimit", `--nofile=${limit}`]);
  await agent.ask({ execute: "guest-ping" });
  const client = await WireClient.connect(socket);
  // Once what these commands load is there.
  expect(await client.ask("guest-exec", { path: "/bin/true", "capture-output": true })).toHaveProperty("return.pid");
  const { return: first } = await client.ask("guest-file-open", { path: "/etc/hostname" });
  await client.ask("guest-file-close", { handle: first });
  await client.ask("guest-network-get-interfaces");
  await expect.poll(() => descriptorsOf(agent)).toBeLessThan(limit / 2);
  const before = descriptorsOf(agent);

  const handles: unknown[] = [];
  let refusal: string | undefined;
  while (refusal === undefined && handles.length <= limit) {
    const { return: handle, error } = await client.ask("guest-file-open", { path: "/etc/hostname" });
    if (error === undefined) handles.push(handle);
    refusal = error?.desc;
  }
  expect(refusal).toMatch(/Too many open files$/);
  // Whoever connects now is let go or waits; the agent is not kept busy by it.
  const crowd = await Promise.all(Array.from({ length: 8 }, () => WireClient.connect(socket)));
  const said = async (execute: string, args?: object) => (await client.ask(execute, args)).error?.desc;
  expect(await said("guest-exec", { path: "/bin/true", "capture-output": true })).toMatch(
    /^Failed to execute child process .*Too many open files/,
  );
  expect(await said("guest-get-osinfo")).toSatisfy((text) => text === undefined || /Too many open files/.test(text));
  expect(await said("guest-network-get-interfaces")).toSatisfy((text) => text === undefined || /Too many open files/.test(text));
  // What the agent does by itself, such as looking at its memory, finds no descriptor either.
  for (let i = 0; i < 6; i++) {
    await pause(500);
    expect(await client.ask("guest-ping")).toEqual({ return: {} });
  }

  for (const one of crowd) one.leave();
  for (const handle of handles) expect(await client.ask("guest-file-close", { handle })).toEqual({ return: {} });
  await expect.poll(() => descriptorsOf(agent), { timeout: 10_000 }).toBe(before);
  expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
  const { return: child } = await client.ask("guest-exec", { path: "/bin/true", "capture-output": true });
  expect(child).toHaveProperty("pid");
  client.leave();
  expect(await agent.end()).toMatchObject({ status: 0, errors: "" });
});

test("no memory left for a large answer: that request fails, and no other", { timeout: 60_000 }, async () => {
  const { agent, socket, state } = started("memory");
  const path = join(state, "large");
  writeFileSync(path, Buffer.alloc(49 * MIB, "large"));
  await agent.ask({ execute: "guest-ping" });
  const client = await WireClient.connect(socket);
  const { return: handle } = await client.ask("guest-file-open", { path });
  const data = Number(/^VmData:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${agent.pid}/status`, "latin1"))?.[1]) * 1024;
  const limitData = (bytes: number | "unlimited") => execFileSync("prlimit", ["--pid", String(agent.pid), `--data=${bytes}:unlimited`]);
  limitData(data + 24 * MIB);
  const { error } = await client.ask("guest-file-read", { handle, count: 48 * MIB });
  expect(error?.desc).toMatch(/memory/);
  expect(await client.ask("guest-ping")).toEqual({ return: {} });
  limitData("unlimited");
  const { return: read } = await client.ask("guest-file-read", { handle, count: 48 * MIB });
  expect(read).toMatchObject({ count: 48 * MIB });
  client.leave();
  expect(await agent.end()).toMatchObject({ status: 0, errors: "" });
});

describe("killed at any time", () => {
  test("while handles are given: the state is whole, and no handle is ever given twice", { timeout: 60_000 }, async () => {
    const given = new Set<unknown>();
    for (let round = 0; round < 10; round++) {
      const { agent, socket, state } = started("killed");
      await agent.ask({ execute: "guest-ping" });
      const client = await WireClient.connect(socket);
      const request = `${JSON.stringify({ execute: "guest-file-open", arguments: { path: "/etc/hostname" } })}\n`;
      client.send(request.repeat(400));
      // In the midst of writing the state: after each of some hundred answers one write or another is under way.
      for (let answers = 0; answers < 7 + round * 29; answers++) {
        const { return: handle } = JSON.parse(await client.line());
        expect(given.has(handle), `handle ${handle} in round ${round}`).toBe(false);
        given.add(handle);
      }
      process.kill(agent.pid, "SIGKILL");
      expect(await agent.ended).toMatchObject({ signal: "SIGKILL" });
      client.leave();
      const text = readFileSync(join(state, "qga.state"), "utf8");
      const counter = Number(/^\[global\]\nfd_counter=(\d+)\n*$/.exec(text)?.[1]);
      expect(counter, text).toBeGreaterThan(Math.max(...[...given].map(Number)));
      rmSync(socket);
    }
  });
});
