/** Who is logged in, and passwords, on accounts and programs that don't exist. */
import { describe, expect, test } from "vitest";
import {
  type Accounts,
  type LoginSession,
  OsError,
  type Processes,
  type ProcessOptions,
  type ProcessResult,
} from "../../../core/plugin.ts";
import accountsPlugin from "../../../plugins/accounts/index.ts";
import { commandsOf, FakeProcesses, noSuchFile, RecordedLog } from "../run-command.ts";

class FakeAccounts implements Accounts {
  logins: readonly LoginSession[] | OsError = [];

  async find(): Promise<undefined> {}

  async sessions(): Promise<readonly LoginSession[]> {
    if (this.logins instanceof OsError) throw this.logins;
    return this.logins;
  }
}

function setUp(processes: Processes = new FakeProcesses({})) {
  const accounts = new FakeAccounts();
  return { accounts, run: commandsOf(accountsPlugin, { accounts, homeFiles: undefined, processes }) };
}

describe("guest-get-users", () => {
  test("each user once, with the earliest login, in the order of the record", async () => {
    const { accounts, run } = setUp();
    accounts.logins = [
      { user: "root", loginTime: 1_700_000_000 },
      { user: "alice", loginTime: 1_700_000_005.999999 },
      { user: "root", loginTime: 1_600_000_000.000005 },
      { user: "bob", loginTime: 3.000001 },
      { user: "alice", loginTime: 1_800_000_000 },
    ];
    expect(await run("guest-get-users")).toEqual([
      { "login-time": 1_600_000_000.000005, user: "root" },
      { "login-time": 1_700_000_005.999999, user: "alice" },
      { "login-time": 3.000001, user: "bob" },
    ]);
  });

  test("names that are members of every object are names like any other", async () => {
    const { accounts, run } = setUp();
    accounts.logins = ["__proto__", "constructor", "toString"].map((user) => ({ user, loginTime: 1 }));
    expect(await run("guest-get-users")).toHaveLength(3);
  });

  test("nobody", async () => {
    expect(await setUp().run("guest-get-users")).toEqual([]);
  });

  test("a record that can't be read is an error", async () => {
    const { accounts, run } = setUp();
    accounts.logins = new OsError("EACCES", 13, "Permission denied", "open");
    await expect(run("guest-get-users")).rejects.toThrow("failed to read the record of logins: Permission denied");
  });
});

/** Keeps a copy of what chpasswd is given, since the original is wiped. */
class Chpasswd implements Processes {
  readonly started: string[] = [];
  given: Uint8Array | undefined;
  original: Uint8Array | undefined;
  readonly #outcome: ProcessResult | OsError;

  constructor(outcome: ProcessResult | OsError = { status: 0, signal: undefined, output: "" }) {
    this.#outcome = outcome;
  }

  async run(program: string, args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    this.started.push([program, ...args].join(" "));
    if (typeof options.input === "string" || options.input === undefined) throw new Error("no bytes");
    this.original = options.input;
    this.given = options.input.slice();
    if (this.#outcome instanceof OsError) throw this.#outcome;
    return this.#outcome;
  }

  async isExecutable(): Promise<boolean> {
    return true;
  }
}

function password(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? Buffer.from(text) : text;
}

describe("guest-set-user-password", () => {
  test("the line goes to standard input, and nowhere else", async () => {
    const chpasswd = new Chpasswd();
    const log = new RecordedLog();
    const { run } = setUp(chpasswd);
    expect(await run("guest-set-user-password", { username: "alice", password: password("geheim"), crypted: false }, { log })).toBe(
      undefined,
    );
    expect(chpasswd.started).toEqual(["chpasswd"]);
    expect(Buffer.from(chpasswd.given ?? []).toString()).toBe("alice:geheim\n");
    expect(log.lines).toEqual([]);
  });

  test("a hash is announced as one", async () => {
    const chpasswd = new Chpasswd();
    await setUp(chpasswd).run("guest-set-user-password", { username: "alice", password: password("$6$a$b"), crypted: true });
    expect(chpasswd.started).toEqual(["chpasswd -e"]);
    expect(Buffer.from(chpasswd.given ?? []).toString()).toBe("alice:$6$a$b\n");
  });

  test("bytes that are no text arrive as they are", async () => {
    const chpasswd = new Chpasswd();
    const bytes = Uint8Array.from({ length: 255 }, (_, index) => index + 1).filter((byte) => byte !== 10);
    await setUp(chpasswd).run("guest-set-user-password", { username: "é", password: bytes.slice(), crypted: false });
    expect(Buffer.from(chpasswd.given ?? [])).toEqual(Buffer.concat([Buffer.from("é:"), bytes, Buffer.from("\n")]));
  });

  test("nothing of it stays in memory, whatever the outcome", async () => {
    for (const chpasswd of [
      new Chpasswd(),
      new Chpasswd(noSuchFile("execve")),
      new Chpasswd({ status: 1, signal: undefined, output: "" }),
    ]) {
      const secret = password("geheim");
      await setUp(chpasswd)
        .run("guest-set-user-password", { username: "alice", password: secret, crypted: false })
        .catch(() => undefined);
      expect(Buffer.from(chpasswd.given ?? []).toString()).toContain("geheim");
      expect(chpasswd.original?.every((byte) => byte === 0)).toBe(true);
      expect(secret.every((byte) => byte === 0)).toBe(true);
    }
  });

  test.each([
    ["alice", "a\nb", "forbidden characters in raw password"],
    ["alice", "a\0b", "forbidden characters in raw password"],
    ["al:ice", "x\ny", "forbidden characters in raw password"],
    ["al:ice", "x", "forbidden characters in username"],
    ["al\nice", "x", "forbidden characters in username"],
    ["al\0ice", "x", "forbidden characters in username"],
  ])("%j with the password %j: %s", async (username, text, message) => {
    const chpasswd = new Chpasswd();
    const attempt = setUp(chpasswd).run("guest-set-user-password", { username, password: password(text), crypted: false });
    await expect(attempt).rejects.toThrow(message);
    expect(chpasswd.started).toEqual([]);
  });

  test.each([
    [
      { status: 1, signal: undefined, output: "chpasswd: (line 1, user x) password not changed\n" },
      "secret",
      "child process has failed to set user password: chpasswd: (line 1, user x) password not changed\n",
    ],
    [{ status: 1, signal: undefined, output: "" }, "secret", "child process has failed to set user password: exit status 1"],
    [{ status: undefined, signal: "SIGKILL", output: "" }, "secret", "child process has terminated abnormally"],
    [
      { status: 1, signal: undefined, output: "line 1: x:secret\nline 1: no such user\n" },
      "secret",
      "child process has failed to set user password: line 1: no such user\n",
    ],
    [{ status: 1, signal: undefined, output: "bad: secret" }, "secret", "child process has failed to set user password: exit status 1"],
    [{ status: 1, signal: undefined, output: "no password" }, "", "child process has failed to set user password: no password"],
    [
      noSuchFile("execve"),
      "secret",
      "child process has failed to set user password: failed to exec 'chpasswd': No such file or directory\n",
    ],
  ] as const)("what chpasswd says is told, but never the password (%#)", async (outcome, secret, message) => {
    const { run } = setUp(new Chpasswd(outcome));
    const error = await run("guest-set-user-password", { username: "x", password: password(secret), crypted: false }).then(
      () => undefined,
      (failure: Error) => failure,
    );
    expect(error?.message).toBe(message);
    if (secret !== "") expect(String(error?.stack)).not.toContain(secret);
  });
});
