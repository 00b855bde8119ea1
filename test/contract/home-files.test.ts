/** Files of users by the process that becomes them: what it makes, what it can't reach, and users who attack it. Needs root. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import type { Account } from "../../core/os/accounts.ts";
import { LinuxHomeFiles } from "../../core/os/linux/home-files.ts";
import { HOME_WORKER, writeRequest } from "../../core/os/linux/home-request.ts";
import { onRuntime } from "../runtimes/runtime.ts";
import { serve } from "./program.ts";

const WORKER = join(import.meta.dirname, "home-files-worker.ts");

/** They need not be in any file of users. */
const ALICE = 61_001;
const BOB = 61_002;

describe.skipIf(process.getuid?.() !== 0)("only root may become another user", { timeout: 60_000 }, () => {
  const files = new LinuxHomeFiles({ command: [process.execPath, WORKER] });
  let base: string;
  let alice: Account;
  let ssh: string;
  let keys: string;
  let secret: string;

  beforeEach(() => {
    base = mkdtempSync("/tmp/lodger-homes-");
    chmodSync(base, 0o755);
    alice = account("alice", ALICE);
    ssh = join(alice.home, ".ssh");
    keys = join(ssh, "authorized_keys");
    // What only root may read, in a folder that only root may enter.
    mkdirSync(join(base, "root"), { mode: 0o700 });
    secret = join(base, "root", "authorized_keys");
    writeFileSync(secret, "secret\n", { mode: 0o600 });
  });
  afterEach(() => {
    expect(readFileSync(secret, "utf8")).toBe("secret\n");
    expect(readdirSync(join(base, "root"))).toEqual(["authorized_keys"]);
    expect(ownerAndMode(secret)).toBe("0:0 600");
    rmSync(base, { recursive: true });
  });

  function account(name: string, id: number): Account {
    const home = join(base, name);
    mkdirSync(home, { mode: 0o700 });
    chownSync(home, id, id);
    return { name: `lodger-test-${name}`, uid: id, gid: id, home };
  }

  function makeFolder(path: string, id: number): void {
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, id, id);
  }

  function makeFile(path: string, text: string, id: number): void {
    writeFileSync(path, text, { mode: 0o600 });
    chownSync(path, id, id);
  }

  function ownerAndMode(path: string): string {
    const { uid, gid, mode } = statSync(path);
    return `${uid}:${gid} ${(mode & 0o7777).toString(8)}`;
  }

  const read = async (of = alice) => {
    const bytes = await files.read(of, ".ssh", "authorized_keys");
    return bytes && Buffer.from(bytes).toString();
  };
  const replace = (text: string, of = alice) => files.replace(of, ".ssh", "authorized_keys", Buffer.from(text));

  test("the folder and the file are the user's, and nobody else's", async () => {
    expect(await read()).toBe(undefined);
    await replace("a\n");
    expect(await read()).toBe("a\n");
    expect(ownerAndMode(ssh)).toBe(`${ALICE}:${ALICE} 700`);
    expect(ownerAndMode(keys)).toBe(`${ALICE}:${ALICE} 600`);
    expect(readdirSync(ssh)).toEqual(["authorized_keys"]);
    chmodSync(keys, 0o666);
    await replace("b\n");
    expect(ownerAndMode(keys)).toBe(`${ALICE}:${ALICE} 600`);
    expect(await read()).toBe("b\n");
  });

  test("root is a user, too", async () => {
    const root = { ...account("admin", 0), name: "root" };
    await replace("a\n", root);
    expect(await read(root)).toBe("a\n");
    expect(ownerAndMode(join(root.home, ".ssh/authorized_keys"))).toBe("0:0 600");
  });

  test("nothing is left of root's rights: not the user's, not the groups'", async () => {
    const root = { ...alice, home: join(base, "root") };
    await expect(read(root)).rejects.toMatchObject({ code: "EACCES" });
    await expect(replace("a", root)).rejects.toMatchObject({ code: "EACCES" });
    makeFolder(ssh, ALICE);
    makeFile(keys, "of a group", 0);
    chmodSync(keys, 0o060);
    // An agent may have been started with groups beside root's own.
    const agentGroup = 61_999;
    const agent = new LinuxHomeFiles({ command: ["setpriv", "--groups", `0,${agentGroup}`, process.execPath, WORKER] });
    for (const group of [0, agentGroup]) {
      chownSync(keys, 0, group);
      await expect(agent.read(alice, ".ssh", "authorized_keys")).rejects.toMatchObject({ code: "EACCES" });
    }
    chownSync(keys, 0, ALICE);
    expect(await read()).toBe("of a group");
  });

  test("another user's home directory is closed, whatever the path that leads to it", async () => {
    const bob = account("bob", BOB);
    await replace("bob's\n", bob);
    symlinkSync(bob.home, join(base, "link"));
    for (const home of [bob.home, join(base, "link"), join(alice.home, "../bob")]) {
      await expect(read({ ...alice, home })).rejects.toMatchObject({ code: "EACCES" });
      await expect(replace("alice's", { ...alice, home })).rejects.toMatchObject({ code: "EACCES" });
    }
    expect(await read(bob)).toBe("bob's\n");
  });

  test("a home directory may be reached through links", async () => {
    symlinkSync(alice.home, join(base, "link"));
    await replace("a\n", { ...alice, home: join(base, "link") });
    expect(readFileSync(keys, "utf8")).toBe("a\n");
  });

  test("a folder that is a link is refused, also one to a folder of the user's own", async () => {
    makeFolder(join(alice.home, "own"), ALICE);
    makeFile(join(alice.home, "own/authorized_keys"), "own\n", ALICE);
    for (const target of [join(base, "root"), "own", "missing", "."]) {
      symlinkSync(target, ssh);
      await expect(read()).rejects.toThrow("The directory is a symbolic link, which is not followed");
      await expect(replace("a")).rejects.toThrow("The directory is a symbolic link, which is not followed");
      rmSync(ssh);
    }
    expect(readFileSync(join(alice.home, "own/authorized_keys"), "utf8")).toBe("own\n");
    expect(readdirSync(alice.home)).toEqual(["own"]);
  });

  test("a file that is a link shows nothing of its target, and is replaced itself", async () => {
    makeFolder(ssh, ALICE);
    symlinkSync(secret, keys);
    await expect(read()).rejects.toThrow("The file is a symbolic link, which is not followed");
    await replace("a\n");
    expect(await read()).toBe("a\n");
    expect(ownerAndMode(keys)).toBe(`${ALICE}:${ALICE} 600`);
  });

  test("a second name of another's file shows and changes nothing of it", async () => {
    makeFolder(ssh, ALICE);
    linkSync(secret, keys);
    await expect(read()).rejects.toMatchObject({ code: "EACCES" });
    await replace("a\n");
    expect(statSync(secret).nlink).toBe(1);
    expect(await read()).toBe("a\n");
  });

  test("a folder or a home directory of root's is left to root", async () => {
    mkdirSync(ssh, { mode: 0o755 });
    await expect(replace("a")).rejects.toMatchObject({ code: "EACCES" });
    expect(readdirSync(ssh)).toEqual([]);
    rmSync(ssh, { recursive: true });
    chownSync(alice.home, 0, 0);
    chmodSync(alice.home, 0o755);
    await expect(replace("a")).rejects.toMatchObject({ code: "EACCES", call: "mkdir" });
    expect(readdirSync(alice.home)).toEqual([]);
  });

  test("what is no file, or too large, is refused at once", async () => {
    makeFolder(ssh, ALICE);
    execFileSync("mkfifo", [keys]);
    chownSync(keys, ALICE, ALICE);
    await expect(read()).rejects.toThrow("Not a regular file");
    rmSync(keys);
    makeFile(keys, "", ALICE);
    truncateSync(keys, 2 ** 40);
    await expect(read()).rejects.toMatchObject({ code: "EFBIG" });
    rmSync(keys);
    makeFolder(keys, ALICE);
    await expect(read()).rejects.toMatchObject({ code: "EISDIR" });
    await expect(replace("a")).rejects.toMatchObject({ code: "EISDIR" });
    expect(readdirSync(ssh)).toEqual(["authorized_keys"]);
  });

  test("a megabyte goes both ways", async () => {
    const text = "x".repeat(1024 * 1024);
    await replace(text);
    expect((await read())?.length).toBe(text.length);
    await expect(replace(`${text}x`)).rejects.toMatchObject({ code: "EFBIG" });
    expect((await read())?.length).toBe(text.length);
  });

  test("a user can't make it become another", () => {
    const request = writeRequest({
      account: { ...alice, name: "root", uid: 0, gid: 0, home: join(base, "root") },
      folder: ".ssh",
      name: "x",
      content: Buffer.from("x"),
    });
    const { stdout, status } = spawnSync(process.execPath, [WORKER], { input: request, uid: BOB, gid: BOB, encoding: "utf8" });
    expect({ stdout, status }).toEqual({ stdout: '{"failed":"EPERM","call":"setuid"}', status: 0 });
    expect(existsSync(join(base, "root/.ssh"))).toBe(false);
  });

  test("the program itself is such a process, by an argument that its help doesn't name", async () => {
    const { file } = await bundle({ outfile: join(base, "lodger.cjs") });
    symlinkSync(join(import.meta.dirname, "../../node_modules"), join(base, "node_modules")); // for koffi
    chmodSync(file, 0o600); // the process has read it before it becomes the user
    const program = new LinuxHomeFiles({ command: [...onRuntime(file), HOME_WORKER] });
    await program.replace(alice, ".ssh", "authorized_keys", Buffer.from("a\n"));
    expect(ownerAndMode(keys)).toBe(`${ALICE}:${ALICE} 600`);
    expect(Buffer.from((await program.read(alice, ".ssh", "authorized_keys")) ?? []).toString()).toBe("a\n");
    expect(execFileSync(process.execPath, [file, "--help"], { encoding: "utf8" })).not.toContain(HOME_WORKER);

    // The agent knows how it was started. Nobody has no keys; that there is no file is what the other process says.
    const socket = join(base, "agent.sock");
    const agent = serve(onRuntime(file), socket, ["-m", "unix-listen", "-p", socket, "-t", base]);
    const answer = await agent.ask({ execute: "guest-ssh-get-authorized-keys", arguments: { username: "nobody" } });
    await agent.end();
    expect(answer).toEqual({
      error: { class: "GenericError", desc: expect.stringMatching(/authorized_keys”: (?:No such file or|Not a) directory$/) },
    });
  });

  test("anything but a request is refused without an answer", () => {
    for (const input of [
      "",
      "{}",
      '{"account": {"name": "root", "uid": 0, "gid": 0, "home": "/"}, "folder": "..", "name": "etc"}',
      "x".repeat(2_000_000),
    ]) {
      const { stdout, status } = spawnSync(process.execPath, [WORKER], { input, encoding: "utf8" });
      expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    }
  });
});
