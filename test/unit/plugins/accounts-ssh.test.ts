/** The commands for ssh keys, on accounts and home directories that don't exist. */
import { describe, expect, test } from "vitest";
import { type Account, type Accounts, type HomeFiles, type LoginSession, OsError } from "../../../core/plugin.ts";
import accountsPlugin from "../../../plugins/accounts/index.ts";
import { commandsOf, FakeProcesses } from "../run-command.ts";

const ALICE: Account = { name: "alice", uid: 4001, gid: 4001, home: "/home/alice" };
const BOB: Account = { name: "bob", uid: 4002, gid: 4002, home: "/home/bob" };

class FakeAccounts implements Accounts {
  failure: OsError | undefined;

  async find(name: string): Promise<Account | undefined> {
    if (this.failure) throw this.failure;
    return [ALICE, BOB].find((account) => account.name === name);
  }

  async sessions(): Promise<readonly LoginSession[]> {
    return [];
  }
}

/** Keeps what each user has; a step waits until the event loop has turned some times, so that what may interleave does. */
class FakeHomes implements HomeFiles {
  readonly texts = new Map<string, string>();
  readonly replaced: string[] = [];
  readFailure: OsError | undefined;
  writeFailure: OsError | undefined;

  async read({ name }: Account, folder: string, file: string): Promise<Uint8Array | undefined> {
    expect([folder, file]).toEqual([".ssh", "authorized_keys"]);
    await turns();
    if (this.readFailure) throw this.readFailure;
    const text = this.texts.get(name);
    return text === undefined ? undefined : Buffer.from(text, "latin1");
  }

  async replace({ name }: Account, folder: string, file: string, content: Uint8Array): Promise<void> {
    expect([folder, file]).toEqual([".ssh", "authorized_keys"]);
    await turns();
    if (this.writeFailure) throw this.writeFailure;
    const text = Buffer.from(content).toString("latin1");
    this.replaced.push(name);
    this.texts.set(name, text);
  }
}

async function turns(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

function setUp() {
  const accounts = new FakeAccounts();
  const homeFiles = new FakeHomes();
  return { accounts, homeFiles, run: commandsOf(accountsPlugin, { accounts, homeFiles, processes: new FakeProcesses({}) }) };
}

describe("the keys", () => {
  test("are listed from the last line to the first", async () => {
    const { homeFiles, run } = setUp();
    homeFiles.texts.set("alice", "  one  \n\n# c\n\ttwo\t\r\nthree\n #four\n");
    expect(await run("guest-ssh-get-authorized-keys", { username: "alice" })).toEqual({ keys: ["three", "two", "one"] });
  });

  test.each(["guest-ssh-get-authorized-keys", "guest-ssh-add-authorized-keys", "guest-ssh-remove-authorized-keys"])(
    "%s: an unknown user, in qemu-ga's words",
    async (name) => {
      const { accounts, run } = setUp();
      await expect(run(name, { username: "nosuch", keys: [] })).rejects.toThrow("failed to lookup user 'nosuch': there is no such user");
      accounts.failure = new OsError("EIO", 5, "Input/output error", "getpwnam");
      await expect(run(name, { username: "alice", keys: [] })).rejects.toThrow("failed to lookup user 'alice': Input/output error");
    },
  );

  test("no file: an error for the list, nothing to do for the removal, a new file for the addition", async () => {
    const { homeFiles, run } = setUp();
    await expect(run("guest-ssh-get-authorized-keys", { username: "alice" })).rejects.toThrow(
      "failed to read '/home/alice/.ssh/authorized_keys': Failed to open file “/home/alice/.ssh/authorized_keys”: No such file or directory",
    );
    await run("guest-ssh-remove-authorized-keys", { username: "alice", keys: ["a"] });
    expect(homeFiles.replaced).toEqual([]);
    await run("guest-ssh-add-authorized-keys", { username: "alice", keys: ["a"] });
    expect(homeFiles.texts.get("alice")).toBe("a\n");
  });

  test("a file in place of the folder is in the way of an addition only", async () => {
    const { homeFiles, run } = setUp();
    homeFiles.readFailure = new OsError("ENOTDIR", 20, "Not a directory", "open");
    homeFiles.writeFailure = new OsError("EEXIST", 17, "File exists", "mkdir");
    await expect(run("guest-ssh-get-authorized-keys", { username: "alice" })).rejects.toThrow("”: Not a directory");
    await run("guest-ssh-remove-authorized-keys", { username: "alice", keys: ["a"] });
    await expect(run("guest-ssh-add-authorized-keys", { username: "alice", keys: ["a"] })).rejects.toThrow(
      "failed to create directory '/home/alice/.ssh': File exists",
    );
  });

  test("reset replaces all, without reading what is there", async () => {
    const { homeFiles, run } = setUp();
    homeFiles.texts.set("alice", "old\n");
    homeFiles.readFailure = new OsError("EFBIG", 27, "File too large", "read");
    await run("guest-ssh-add-authorized-keys", { username: "alice", keys: ["x", "y", "x"], reset: true });
    expect(homeFiles.texts.get("alice")).toBe("x\ny\n");
  });

  test("keys that can't be read are not lost", async () => {
    const { homeFiles, run } = setUp();
    homeFiles.texts.set("alice", "old\n");
    homeFiles.readFailure = new OsError("EISDIR", 21, "Is a directory", "read");
    for (const name of ["guest-ssh-add-authorized-keys", "guest-ssh-remove-authorized-keys"]) {
      await expect(run(name, { username: "alice", keys: ["k"] })).rejects.toThrow(
        "failed to read '/home/alice/.ssh/authorized_keys': Error reading file “/home/alice/.ssh/authorized_keys”: Is a directory",
      );
    }
    expect(homeFiles.replaced).toEqual([]);
  });

  test("a failed write names the file", async () => {
    const { homeFiles, run } = setUp();
    homeFiles.writeFailure = new OsError("ENOSPC", 28, "No space left on device", "write");
    await expect(run("guest-ssh-add-authorized-keys", { username: "alice", keys: ["k"] })).rejects.toThrow(
      "failed to write to '/home/alice/.ssh/authorized_keys': No space left on device",
    );
  });

  test("an invalid key is told before anything is looked up", async () => {
    const { homeFiles, run } = setUp();
    for (const name of ["guest-ssh-add-authorized-keys", "guest-ssh-remove-authorized-keys"]) {
      await expect(run(name, { username: "nosuch", keys: ["ok", "#bad", "a\nb"] })).rejects.toThrow("invalid OpenSSH public key: '#bad'");
      await expect(run(name, { username: "alice", keys: ["a\nb"], reset: true })).rejects.toThrow("invalid OpenSSH public key: 'a\nb'");
    }
    expect(homeFiles.replaced).toEqual([]);
  });

  test("a removal that removes nothing writes nothing", async () => {
    const { homeFiles, run } = setUp();
    homeFiles.texts.set("alice", "a\nb");
    await run("guest-ssh-remove-authorized-keys", { username: "alice", keys: ["c", ""] });
    expect(homeFiles.replaced).toEqual([]);
    await run("guest-ssh-remove-authorized-keys", { username: "alice", keys: ["b"] });
    expect(homeFiles.texts.get("alice")).toBe("a");
  });

  test("of two changes at once none is lost, also when one fails", async () => {
    const { homeFiles, run } = setUp();
    const names = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    const work = names.map((key) => run("guest-ssh-add-authorized-keys", { username: "alice", keys: [key] }));
    const other = run("guest-ssh-add-authorized-keys", { username: "bob", keys: ["b"] });
    work.push(run("guest-ssh-remove-authorized-keys", { username: "alice", keys: ["key-7"] }));
    await Promise.all([...work, other]);
    expect(homeFiles.texts.get("alice")).toBe(
      names
        .filter((key) => key !== "key-7")
        .map((key) => `${key}\n`)
        .join(""),
    );
    expect(homeFiles.replaced.indexOf("bob")).toBeLessThan(3);

    homeFiles.writeFailure = new OsError("EIO", 5, "Input/output error", "write");
    await expect(run("guest-ssh-add-authorized-keys", { username: "alice", keys: ["lost"] })).rejects.toThrow("Input/output error");
    homeFiles.writeFailure = undefined;
    await run("guest-ssh-add-authorized-keys", { username: "alice", keys: ["kept"] });
    expect(homeFiles.texts.get("alice")).toContain("kept\n");
  });

  test("who has gone away while others had their turn changes nothing", async () => {
    const { homeFiles, run } = setUp();
    const gone = new AbortController();
    const first = run("guest-ssh-add-authorized-keys", { username: "alice", keys: ["a"] });
    const second = run("guest-ssh-add-authorized-keys", { username: "alice", keys: ["b"] }, { signal: gone.signal });
    gone.abort();
    await first;
    await expect(second).rejects.toThrow("given up");
    expect(homeFiles.texts.get("alice")).toBe("a\n");
  });
});
