/** An agent whose control group has a limit of memory: the kernel ends what goes beyond. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { MemoryGroup } from "./faults/memory-group.ts";
import { WireClient } from "./faults/wire-client.ts";
import { type Program, serve } from "./program.ts";

const MIB = 1024 * 1024;
/** For what an agent does that answers small requests. */
const AIR = 16 * MIB;
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

async function started(group: MemoryGroup) {
  const socket = join(folder, "s");
  rmSync(socket, { force: true });
  const [command = "", ...before] = [...group.starter, ...program];
  const agent = serve([command, ...before], socket, ["-m", "unix-listen", "-p", socket, "-t", folder, "-l", join(folder, "log")]);
  await agent.ask({ execute: "guest-ping" });
  return { agent, client: await WireClient.connect(socket) };
}

test("a read that is larger than what is left is refused, and the agent lives", { timeout: 60_000 }, async ({ skip }) => {
  if (process.getuid?.() !== 0) skip("only root makes control groups");
  const group = new MemoryGroup();
  const { agent, client } = await started(group);
  const path = join(folder, "large");
  writeFileSync(path, "");
  truncateSync(path, 48 * MIB);
  const { return: handle } = await client.ask("guest-file-open", { path });
  const read = (count: number) => client.ask("guest-file-read", { handle, count });
  await read(MIB);
  await client.ask("guest-file-seek", { handle, offset: 0, whence: "set" });

  group.limit = group.usage + AIR + 24 * MIB;
  const { error } = await read(48 * MIB);
  expect(error?.desc).toMatch(
    /^not enough memory for 49152 KiB: the agent can have \d+ KiB more; ask for less at a time, or raise its limit$/,
  );
  expect(await client.ask("guest-ping")).toEqual({ return: {} });
  // The position is where it was, so the file can be had in pieces.
  for (let piece = 0; piece < 3; piece++) expect(await read(16 * MIB)).toMatchObject({ return: { count: 16 * MIB } });
  group.limit = group.usage + 256 * MIB;
  await client.ask("guest-file-seek", { handle, offset: 0, whence: "set" });
  expect(await read(48 * MIB)).toMatchObject({ return: { count: 48 * MIB } });
  client.leave();
  expect(await agent.end()).toMatchObject({ status: 0, errors: "" });
  expect(group.kills).toBe(0);
  group.remove();
});

test("a request that is larger than what is left ends it: the next one has a whole state and other handles", { timeout: 60_000 }, async ({
  skip,
}) => {
  if (process.getuid?.() !== 0) skip("only root makes control groups");
  const group = new MemoryGroup();
  const { agent, client } = await started(group);
  const path = join(folder, "written");
  const { return: handle } = await client.ask("guest-file-open", { path, mode: "w" });
  group.limit = group.usage + AIR;
  const request = { execute: "guest-file-write", arguments: { handle, "buf-b64": Buffer.alloc(40 * MIB, 1).toString("base64") } };
  client.send(`${JSON.stringify(request)}\n`);
  expect(await agent.ended).toMatchObject({ signal: "SIGKILL" });
  client.leave();
  expect(group.kills).toBe(1);
  expect(readFileSync(path)).toHaveLength(0);

  group.limit = 256 * MIB;
  const { agent: next, client: other } = await started(group);
  const { return: another } = await other.ask("guest-file-open", { path });
  expect(another).toBeGreaterThan(Number(handle));
  other.leave();
  expect(await next.end()).toMatchObject({ status: 0, errors: "" });
  group.remove();
});
