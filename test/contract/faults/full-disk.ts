/**
 * Runs in a mount namespace of its own, as root: an agent whose state, log and files are on a small file system that fills up, is emptied,
 * and becomes read-only. Prints what it was answered, as JSON. `full-disk.ts FOLDER PROGRAM…`
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Program, serve } from "../program.ts";
import { WireClient } from "./wire-client.ts";

const ENVIRONMENT = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
const BLOCK = Buffer.alloc(64 * 1024, "block");

const [, , folder = "", command = "", ...rest] = process.argv;
const program: Program = [command, ...rest];
const disk = join(folder, "disk");
mkdirSync(disk);
execFileSync("mount", ["-n", "-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", disk], { env: ENVIRONMENT });
const state = join(disk, "state");
mkdirSync(state);

const [socket, log] = [join(folder, "s"), join(disk, "log")];
const agent = serve(program, socket, ["-m", "unix-listen", "-p", socket, "-t", state, "-l", log, "-v"]);
await agent.ask({ execute: "guest-ping" });
const client = await WireClient.connect(socket);
const open = async (path: string, mode: string) => client.ask("guest-file-open", { path, mode });
const file = join(disk, "file");
const { return: handle } = await open(file, "w+");

const write = () => client.ask("guest-file-write", { handle, "buf-b64": BLOCK.toString("base64") });
let last = await write();
for (let i = 0; i < 16 && last.error === undefined; i++) last = await write();
fill();
const full = {
  write: last.error?.desc,
  read: (await client.ask("guest-file-seek", { handle, offset: 0, whence: "set" })).return,
  open: (await open(file, "r")).error?.desc,
  create: (await open(join(disk, "another"), "w")).error?.desc,
  ping: (await client.ask("guest-ping")).return,
};
// Everything that is asked is logged, with -v: far more than there is room for.
for (let i = 0; i < 300; i++) await client.ask("guest-sync", { id: i });
const size = statSync(file).size;
const torn = !readFileSync(file).equals(Buffer.alloc(size, BLOCK));

rmSync(join(disk, "filler"));
await client.ask("guest-file-close", { handle });
writeFileSync(file, "room");
const opened = await open(file, "r");
await client.ask("guest-file-close", { handle: opened.return });
await pause(1500); // the log tries again each second
const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
const again = {
  open: typeof opened.return,
  counter: counter() > Number(opened.return),
  logWhole: lines.every((line) => /^\d+\.\d{6}: \w+: ./.test(line)),
  logged: lines.filter((line) => line.includes("read data")).length >= 300,
};

client.leave();
const { status, errors } = await agent.end();
// One that has nothing open there that is written to: no file system becomes read-only under such a file.
const second = serve(program, socket, ["-m", "unix-listen", "-p", socket, "-t", state, "-l", join(folder, "log")]);
const ask = async (execute: string, args: object = {}) =>
  (await second.ask({ execute, arguments: args })) as { return?: unknown; error?: { desc: string } };
await ask("guest-ping");
execFileSync("mount", ["-n", "-o", "remount,ro", disk], { env: ENVIRONMENT });
const readOnly = {
  write: (await ask("guest-file-open", { path: file, mode: "w" })).error?.desc,
  read: (await ask("guest-file-open", { path: file })).error?.desc,
  ping: (await ask("guest-ping")).return,
  keyfile: counter() > Number(opened.return),
};
await second.end();
const refused = serve(program, socket, ["-m", "unix-listen", "-p", socket, "-t", state]);
const { status: refusedStatus, errors: refusedErrors } = await refused.ended;
console.log(JSON.stringify({ full, torn, size, again, readOnly, status, errors, refusedStatus, refusedErrors }).replaceAll(disk, "DISK"));

function fill(): void {
  for (const bytes of [65536, 4096, 1]) {
    try {
      for (let i = 0; i < 1000; i++) writeFileSync(join(disk, "filler"), Buffer.alloc(bytes), { flag: "a" });
    } catch {
      // as full as it gets with pieces of this size
    }
  }
}

function counter(): number {
  return Number(/^fd_counter=(\d+)$/m.exec(readFileSync(join(state, "qga.state"), "utf8"))?.[1]);
}
