/**
 * Runs in a mount namespace of its own, as root: puts a copy in memory over /etc, with users of its own, and sets passwords and keys
 * there through the plugin and the real system. Prints what came out as JSON. The machine's own users are not touched.
 * @param directory an empty one, for the copies.
 */
import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LinuxAccounts } from "../../core/os/linux/accounts.ts";
import { LinuxHomeFiles } from "../../core/os/linux/home-files.ts";
import { LinuxProcesses } from "../../core/os/linux/processes.ts";
import { native } from "../../core/os/native.ts";
import accountsPlugin from "../../plugins/accounts/index.ts";
import { commandsOf } from "../unit/run-command.ts";

const [, , directory = ""] = process.argv;
if (!directory.startsWith("/")) throw new Error("a directory is needed");

function mount(...args: readonly string[]): void {
  execFileSync("mount", args, { stdio: ["ignore", "ignore", "inherit"] });
}

// Nothing below may run unless this worked: it changes /etc.
mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", directory);
const etc = join(directory, "etc");
execFileSync("cp", ["-a", "/etc", etc]);
mount("--bind", etc, "/etc");
if (statSync("/etc").dev !== statSync(directory).dev) throw new Error("/etc is not the copy");

const homes = join(directory, "home");
mkdirSync(homes);

function addUser(name: string, id: number, comment = ""): string {
  const home = join(homes, name);
  appendFileSync("/etc/passwd", `${name}:x:${id}:${id}:${comment}:${home}:/bin/sh\n`);
  appendFileSync("/etc/group", `${name}:x:${id}:\n`);
  appendFileSync("/etc/shadow", `${name}:!:19000:0:99999:7:::\n`);
  mkdirSync(home, { mode: 0o700 });
  chownSync(home, id, id);
  return home;
}

function shadow(user: string): string {
  const line = readFileSync("/etc/shadow", "utf8")
    .split("\n")
    .find((one) => one.startsWith(`${user}:`));
  return line?.split(":")[1] ?? "";
}

/** Whether the hash that is stored is this password's, asked of the library that logins ask. */
function opens(user: string, password: Uint8Array): boolean {
  const crypt = native().load("libcrypt.so.1").func("const char *crypt(void *, const char *)") as (key: Uint8Array, salt: string) => string;
  return crypt(Buffer.concat([password, Buffer.of(0)]), shadow(user)) === shadow(user);
}

const accounts = new LinuxAccounts();
const worker = join(import.meta.dirname, "home-files-worker.ts");
const run = commandsOf(accountsPlugin, {
  accounts,
  homeFiles: new LinuxHomeFiles({ command: [process.execPath, worker] }),
  processes: new LinuxProcesses(),
});

/** @returns the answer, or the error's text. */
async function outcome(name: string, args: object): Promise<unknown> {
  try {
    return (await run(name, args)) ?? {};
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}
const setPassword = (username: string, password: Uint8Array | string, crypted = false) =>
  outcome("guest-set-user-password", { username, password: Buffer.from(password as string), crypted });
const add = (username: string, ...keys: readonly string[]) => outcome("guest-ssh-add-authorized-keys", { username, keys });
const remove = (username: string, ...keys: readonly string[]) => outcome("guest-ssh-remove-authorized-keys", { username, keys });
const get = (username: string) => outcome("guest-ssh-get-authorized-keys", { username });

async function passwords() {
  const untouched = shadow("root");
  const plain = [await setPassword("alice", "geheim"), opens("alice", Buffer.from("geheim"))];
  const bytes = Buffer.from([0xff, 0xfe, 0x80, 0x20, 0x09, 0x3a, 0x01]);
  const binary = [await setPassword("alice", bytes), opens("alice", bytes)];
  const hash = [await setPassword("alice", "$6$abc$def", true), shadow("alice")];
  const unknown = await setPassword("nosuch", "hunter2");
  const empty = await setPassword("alice", "");
  mount("--bind", "/dev/null", "/usr/sbin/chpasswd");
  const noProgram = await setPassword("alice", "x");
  return { plain, binary, hash, unknown, empty, noProgram, others: [shadow("root") === untouched, shadow("bob")] };
}

async function keys() {
  const first = [await add("alice", "a", "b"), await get("alice"), await remove("alice", "a"), await get("alice")];
  const unknown = await get("nosuch");
  const missingHome = [await get("nohome"), await add("nohome", "a"), await remove("nohome", "a")];
  return { first, unknown, missingHome };
}

/** A home directory that only a group of the user's may enter. */
async function groups() {
  chownSync(join(homes, "bob"), 0, 61_100);
  chmodSync(join(homes, "bob"), 0o770);
  const asMember = [await add("bob", "b"), await get("bob")];
  chmodSync(join(homes, "bob"), 0o700);
  return { asMember, asOther: await get("bob") };
}

async function faults() {
  const home = addUser("carol", 61_003);
  const ssh = join(home, ".ssh");
  const file = join(ssh, "authorized_keys");
  await add("carol", "old");
  const left = () => [readdirSync(ssh), readFileSync(file, "utf8")];

  mount("-t", "tmpfs", "-o", "size=8k,mode=700,uid=61003,gid=61003", "tmpfs", ssh);
  writeFileSync(file, "old\n", { mode: 0o600 });
  chownSync(file, 61_003, 61_003);
  const full = [await add("carol", "k".repeat(20_000)), ...left()];
  execFileSync("umount", [ssh]);

  mount("--bind", home, home);
  mount("-o", "remount,bind,ro", home);
  const readOnly = [await add("carol", "new"), ...left()];
  execFileSync("umount", [home]);

  mount("--bind", file, file); // a file that can't be replaced
  const pinned = [await add("carol", "new"), ...left()];
  execFileSync("umount", [file]);
  const afterwards = [await add("carol", "new"), ...left()];
  return { full, readOnly, pinned, afterwards };
}

/** An entry that needs a larger piece of memory than the first, and one that is absurd. */
async function lookups() {
  addUser("wordy", 61_004, "x".repeat(20_000));
  const wordy = await accounts.find("wordy");
  addUser("absurd", 61_005, "x".repeat(2_000_000));
  return { wordy: wordy?.uid, absurd: await get("absurd") };
}

addUser("alice", 61_001);
addUser("bob", 61_002);
appendFileSync("/etc/group", "lodger-extra:x:61100:bob\n");
appendFileSync("/etc/passwd", `nohome:x:61009:61009::${homes}/missing:/bin/sh\n`);
const results = {
  passwords: await passwords(),
  keys: await keys(),
  groups: await groups(),
  faults: await faults(),
  lookups: await lookups(),
};
process.stdout.write(JSON.stringify(results).replaceAll(homes, "HOMES"));
