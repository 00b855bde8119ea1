/** What only `unix-listen` has: the file in the file system, and systemd's socket. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { unixListen } from "../../transports/unix-listen/index.ts";
import { connected } from "./clients.ts";
import { listeningSocket } from "./stand-ins.ts";
import { logInto, settingsFor, startBench } from "./transport-bench.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lodger-unix-"));
  path = join(directory, "agent.sock");
});

afterEach(() => rmSync(directory, { recursive: true }));

const start = (at = path) =>
  startBench(
    unixListen,
    settingsFor("unix-listen", at),
    () => connected({ path: at }),
    () => {},
  );

const refusal = async (at = path) => {
  const controller = new AbortController();
  const before = process.umask();
  const error = await unixListen.listen(settingsFor("unix-listen", at), logInto([]), controller.signal).then(
    () => undefined,
    (failure: Error) => failure.message,
  );
  controller.abort();
  expect(process.umask()).toBe(before);
  return error;
};

describe("the socket's file", () => {
  test("is for its owner only, and gone at the end", async () => {
    const umask = process.umask(0);
    const bench = await start();
    expect(process.umask(umask)).toBe(0);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    await bench.end();
    expect(existsSync(path)).toBe(false);
  });

  test("replaces one that nobody listens on", async () => {
    const dead = spawn(process.execPath, ["-e", `require("net").createServer().listen(${JSON.stringify(path)}, () => console.log())`]);
    await once(dead.stdout, "data");
    dead.kill("SIGKILL");
    await once(dead, "exit");
    expect(lstatSync(path).isSocket()).toBe(true);
    const bench = await start();
    (await bench.connect()).destroy();
    await bench.end();
  });

  test("does not replace one that is in use", async () => {
    const bench = await start();
    expect(await refusal()).toBe(`error opening channel '${path}': another process listens on '${path}'; end it or choose another path`);
    const client = await bench.connect();
    await bench.next(); // the question whether anybody listens was a client, too
    const connection = await bench.next();
    client.write("still here");
    const { value } = await connection.bytes[Symbol.asyncIterator]().next();
    expect(Buffer.from(value ?? []).toString()).toBe("still here");
    await bench.end();
  });

  test("does not replace what is no socket", async () => {
    writeFileSync(path, "precious");
    expect(await refusal()).toBe(`error opening channel '${path}': '${path}' is there and is no socket; remove it or choose another path`);
    expect(readFileSync(path, "utf8")).toBe("precious");
    expect(await refusal(directory)).toContain("is there and is no socket");
  });

  test("says what is wrong with its path", async () => {
    const long = join(directory, "x".repeat(108));
    expect(await refusal(long)).toContain("the path of a unix socket has at most 107 bytes");
    expect(await refusal(join(directory, "missing", "agent.sock"))).toContain(`the directory '${join(directory, "missing")}' is not there`);
  });

  test("may be as long as the system allows", async () => {
    const long = join(directory, "x".repeat(107 - directory.length - 1));
    expect(Buffer.byteLength(long)).toBe(107);
    const bench = await start(long);
    (await bench.connect()).destroy();
    await bench.end();
    expect(existsSync(long)).toBe(false);
  });
});

describe("a socket from systemd", () => {
  const run = async (fd: number, fds: string) => {
    const agent = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "activated-agent.ts")], {
      stdio: ["ignore", "pipe", "inherit", fd],
      env: { ...process.env, LISTEN_FDS: fds },
    });
    const [line] = (await once(agent.stdout as NonNullable<typeof agent.stdout>, "data")) as [Buffer];
    return { agent, line: line.toString() };
  };

  test("is served, and stays when the agent ends", async () => {
    const fd = listeningSocket(path);
    const { agent, line } = await run(fd, "1");
    expect(line).toBe("unix-listen /dev/fd/3 undefined\n");
    const client = await connected({ path });
    client.end("hello");
    expect(String((await once(client, "data"))[0])).toBe("hello");
    const started = Date.now();
    agent.kill("SIGTERM");
    expect((await once(agent, "exit"))[0]).toBe(0);
    expect(Date.now() - started).toBeLessThan(1000);
    expect(existsSync(path)).toBe(true);
    client.destroy();
    closeSync(fd);
  });

  test("must be the only one, and not TCP", async () => {
    const fd = listeningSocket(path);
    expect((await run(fd, "2")).line).toContain("only supports listening on one socket");
    closeSync(fd);
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { _handle: handle } = server as unknown as { _handle: { fd: number } };
    expect((await run(handle.fd, "1")).line).toContain("is a TCP one");
    await new Promise((resolve) => server.close(resolve));
  });
});
