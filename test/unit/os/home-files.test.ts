/** Files below a home directory: what the agent and the process that works there say to each other, and one that misbehaves. */
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Account, MAX_HOME_FILE_BYTES } from "../../../core/os/accounts.ts";
import { LinuxHomeFiles } from "../../../core/os/linux/home-files.ts";
import { HomeFailure, MAX_MESSAGE_BYTES, readAnswer, readRequest, writeAnswer, writeRequest } from "../../../core/os/linux/home-request.ts";
import { OsError } from "../../../core/os/ports.ts";

const ACCOUNT: Account = { name: "alice", uid: 4001, gid: 4002, home: "/home/alice" };

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "lodger-home-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

describe("the two processes' language", () => {
  test("a request comes through as it was", () => {
    const request = { account: ACCOUNT, folder: ".ssh", name: "authorized_keys" };
    expect(readRequest(writeRequest(request))).toEqual(request);
    const content = Uint8Array.from({ length: 300 }, (_, index) => index);
    const { content: came, ...rest } = readRequest(writeRequest({ ...request, content }));
    expect(rest).toEqual(request);
    expect(Uint8Array.from(came ?? [])).toEqual(content);
    expect(writeRequest({ ...request, content: new Uint8Array(MAX_HOME_FILE_BYTES) }).length).toBeLessThan(MAX_MESSAGE_BYTES);
  });

  test("anything else is none", () => {
    const good = { account: ACCOUNT, folder: ".ssh", name: "keys" };
    const bad: readonly unknown[] = [
      null,
      [],
      "text",
      {},
      { ...good, account: undefined },
      { ...good, account: { ...ACCOUNT, uid: "0" } },
      { ...good, account: { ...ACCOUNT, uid: -1 } },
      { ...good, account: { ...ACCOUNT, uid: 2 ** 32 - 1 } },
      { ...good, account: { ...ACCOUNT, uid: 0.5 } },
      { ...good, account: { ...ACCOUNT, gid: null } },
      { ...good, account: { ...ACCOUNT, home: 1 } },
      ...["", ".", "..", "a/b", "/etc", "a\0b", 1, undefined].flatMap((name) => [
        { ...good, folder: name },
        { ...good, name },
      ]),
      { ...good, content: 1 },
      { ...good, content: null },
    ];
    for (const one of bad) expect(() => readRequest(JSON.stringify(one)), JSON.stringify(one)).toThrow();
    expect(() => readRequest("")).toThrow();
  });

  test("an answer comes through as it was", () => {
    expect(readAnswer(writeAnswer(undefined))).toBe(undefined);
    expect(readAnswer(writeAnswer(new Uint8Array(0)))).toHaveLength(0);
    expect(text(readAnswer(writeAnswer(Buffer.from("\xff\0a", "latin1"))))).toBe(text(Buffer.from("\xff\0a", "latin1")));
    const thrown = (failure: HomeFailure) => {
      try {
        return readAnswer(writeAnswer(failure));
      } catch (error) {
        return error;
      }
    };
    expect(thrown(new HomeFailure("ENOSPC", "write"))).toMatchObject({
      code: "ENOSPC",
      errno: 28,
      call: "write",
      message: "No space left on device",
    });
    expect(thrown(new HomeFailure("EPERM", "setuid"))).toMatchObject({
      code: "EPERM",
      message: "The agent can't become the user: Operation not permitted",
    });
    expect(thrown(new HomeFailure("folder is a link", "open"))).toMatchObject({
      code: "ELOOP",
      message: expect.stringContaining("symbolic link"),
    });
  });

  test("a forged answer gives an error in our words or bytes, nothing else", () => {
    const values = fc.oneof(
      fc.json(),
      fc.string(),
      fc.dictionary(fc.constantFrom("content", "failed", "call", "__proto__"), fc.jsonValue()).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(values, (answer) => {
        try {
          const result = readAnswer(answer);
          expect(result === undefined || result instanceof Uint8Array).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(OsError);
        }
      }),
    );
    expect(() => readAnswer('{"failed": "<script>", "call": "open"}')).toThrow("Invalid argument");
    expect(() => readAnswer('{"failed": "constructor", "call": "open"}')).toThrow("Invalid argument");
    expect(() => readAnswer('{"failed": "ENOENT", "call": "<script>"}')).toThrow("without an answer");
  });
});

describe("a process that misbehaves", () => {
  const LIMIT_MS = 1500;
  const ask = (script: string, limitMs = LIMIT_MS) =>
    new LinuxHomeFiles({ command: [process.execPath, "-e", script], limitMs }).read(ACCOUNT, ".ssh", "keys");

  test("is given nothing but the request", async () => {
    const script = `const fs = require("fs");
      const request = JSON.parse(fs.readFileSync(0, "utf8"));
      const seen = JSON.stringify({ request, environment: process.env, cwd: process.cwd(), fds: fs.readdirSync("/proc/self/fd").length });
      fs.writeSync(1, JSON.stringify({ content: Buffer.from(seen).toString("base64") }));`;
    process.env.LODGER_SECRET = "secret";
    const seen = JSON.parse(text(await ask(script, 10_000)) ?? "");
    delete process.env.LODGER_SECRET;
    expect(seen.request).toEqual({ account: ACCOUNT, folder: ".ssh", name: "keys" });
    expect(seen.environment).toEqual({});
    expect(seen.cwd).toBe("/");
  });

  test.each([
    ["says nothing", "", "ended without an answer"],
    ["fails", "process.exitCode = 3", "ended with status 3"],
    ["is killed", "process.kill(process.pid, 'SIGKILL')", "ended by SIGKILL"],
    ["says nonsense", "console.log('hello')", "ended without an answer"],
    ["says too much", "for (;;) require('fs').writeSync(1, 'x'.repeat(65536))", "ended by"],
  ])("one that %s", async (_, script, message) => {
    await expect(ask(script, 10_000)).rejects.toThrow(message);
    await expect(ask(script, 10_000)).rejects.toBeInstanceOf(OsError);
  });

  test("one that takes too long is ended, and the next is asked again", async () => {
    const begun = performance.now();
    const mark = join(home, "pid");
    const files = new LinuxHomeFiles({
      command: [
        process.execPath,
        "-e",
        `require("fs").writeFileSync(${JSON.stringify(mark)}, String(process.pid)); setInterval(() => {}, 1000)`,
      ],
      limitMs: LIMIT_MS,
    });
    await expect(files.read(ACCOUNT, ".ssh", "keys")).rejects.toMatchObject({
      code: "ETIMEDOUT",
      message: expect.stringContaining(`${LIMIT_MS} ms`),
    });
    expect(performance.now() - begun).toBeLessThan(LIMIT_MS + 2000);
    expect(existsSync(`/proc/${readFileSync(mark, "utf8")}`)).toBe(false);
    renameSync(mark, `${mark}-before`);
    await expect(files.read(ACCOUNT, ".ssh", "keys")).rejects.toMatchObject({ code: "ETIMEDOUT" });
    expect(existsSync(mark)).toBe(true);
  }, 20_000);

  test("one whose end can't be waited for doesn't hold the caller", async () => {
    const mark = join(home, "pid");
    // A process that it leaves behind keeps its output open; so does one that the kernel doesn't let go.
    const script = `const left = require("child_process").spawn("sleep", ["60"], { stdio: ["ignore", "inherit", "ignore"], detached: true });
      require("fs").writeFileSync(${JSON.stringify(mark)}, String(left.pid));
      left.unref();`;
    const files = new LinuxHomeFiles({ command: [process.execPath, "-e", script], limitMs: LIMIT_MS });
    await expect(files.read(ACCOUNT, ".ssh", "keys")).rejects.toMatchObject({ code: "ETIMEDOUT" });
    await expect(files.read(ACCOUNT, ".ssh", "keys")).rejects.toThrow("it hangs since an earlier request");
    process.kill(Number(readFileSync(mark, "utf8")));
  }, 20_000);

  test("one that can't be started", async () => {
    const files = new LinuxHomeFiles({ command: ["/no/such/program"] });
    await expect(files.read(ACCOUNT, ".ssh", "keys")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
