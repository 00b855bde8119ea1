import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { call } from "../../../core/cli/call.ts";

/** What a guest says to a line, 0xFF in front of it included. */
type Talk = (socket: Socket, line: string) => void;

const folder = mkdtempSync(join(tmpdir(), "lodger-call-"));
const pem = (name: string) => join(import.meta.dirname, "tls", `${name}.pem`);
const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
});
afterAll(() => rmSync(folder, { recursive: true }));

function serve(talk: Talk): (socket: Socket) => void {
  return (socket) => {
    let text = "";
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        talk(socket, line);
      }
    });
  };
}

async function listen(server: Server, where: string | number): Promise<void> {
  servers.push(server);
  await new Promise<void>((done) => {
    if (typeof where === "string") server.listen(where, done);
    else server.listen(where, "127.0.0.1", done);
  });
}

/** @returns the path of a guest's socket. */
async function guest(talk: Talk): Promise<string> {
  const path = join(folder, `${Math.random()}.sock`);
  await listen(createServer(serve(talk)), path);
  return path;
}

function syncId(line: string): string | undefined {
  return /^\xff\{"execute":"guest-sync-delimited","arguments":\{"id":(\d+)\}\}$/.exec(line)?.[1];
}

/** Answers a sync like an agent, which takes the 0xFF for a mistake, and everything else with `answer`. */
function agent(answer: Talk | string | Buffer): Talk {
  return (socket, line) => {
    const id = syncId(line);
    if (id !== undefined) {
      socket.write('{"error": {"class": "GenericError", "desc": "JSON parse error, stray"}}\n');
      socket.write(Buffer.from(`\xff{"return": ${id}}\n`, "latin1"));
    } else if (typeof answer === "function") answer(socket, line);
    else socket.write(answer);
  };
}

async function lodger(args: readonly string[], input = "") {
  let [out, err] = ["", ""];
  const stdin = (async function* () {
    yield input;
  })();
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  const status = await call(args, { stdin, stdout, stderr });
  return { status, out, err };
}

const printed = (out: string) => ({ status: 0, out, err: "" });
const refused = (err: string | RegExp) => ({
  status: 1,
  out: "",
  err: typeof err === "string" ? `lodger: ${err}\n` : expect.stringMatching(err),
});

describe("a call", () => {
  it.each([
    ['{"return": {}}\n', "{}\n"],
    ['{"return": 9007199254740993}\r\n', "9007199254740993\n"],
    ['{"id": 1, "return": [1.0, -0, 1e400, "\\u00e9é"]}\n', '[1.0, -0, 1e400, "\\u00e9é"]\n'],
    ['\n \n{"return": null}\n', "null\n"],
    ['{"return": "\u009b2J\u007f\u202e"}\n', '"\\u009B2J\\u007F\\u202E"\n'],
  ])("prints the return of %j as it came", async (answer, out) => {
    expect(await lodger([await guest(agent(answer)), "guest-x"])).toEqual(printed(out));
  });

  it("sends the arguments as they were written", async () => {
    const lines: string[] = [];
    const path = await guest(
      agent((socket, line) => {
        lines.push(line);
        socket.write('{"return": 1}\n');
      }),
    );
    const json = '{ "id" : 9007199254740993, "x": "\\u0041" }';
    expect(await lodger([path, "guest-sync", json])).toEqual(printed("1\n"));
    expect(await lodger([path, "guest-sync", "-"], json)).toEqual(printed("1\n"));
    expect(await lodger([path, "guest-ping"])).toEqual(printed("1\n"));
    expect(lines).toEqual([
      `{"execute":"guest-sync","arguments":${json}}`,
      `{"execute":"guest-sync","arguments":${json}}`,
      '{"execute":"guest-ping"}',
    ]);
  });

  it("lays the return out with --pretty", async () => {
    const path = await guest(agent('{"return": {"a": [1.0, {}]}}\n'));
    expect(await lodger([path, "guest-x", "--pretty"])).toEqual(printed('{\n  "a": [\n    1.0,\n    {}\n  ]\n}\n'));
  });

  it("reads a long answer that comes in pieces", async () => {
    const text = "x".repeat(20 * 1024 * 1024);
    const { status, out } = await lodger([await guest(agent(`{"return": "${text}"}\n`)), "guest-x"]);
    expect(status).toBe(0);
    expect(out === `"${text}"\n`).toBe(true);
  });

  it("takes the answer of a delimited command", async () => {
    const path = await guest(agent(Buffer.from('\xff{"return": 7}\n', "latin1")));
    expect(await lodger([path, "guest-sync-delimited", '{"id": 7}'])).toEqual(printed("7\n"));
  });

  it("finds its own answers behind what others left", async () => {
    const talk: Talk = (socket, line) => {
      const id = syncId(line);
      if (id === undefined) return socket.write('{"return": "mine"}\n');
      socket.write(Buffer.from(`rest"}\n{"return": 1}\n\xff{"return": 2}\n\xff\xff{"ret\xff{"return": 1${id}}\n`, "latin1"));
      return socket.write(Buffer.from(`\xff${"y".repeat(10_000)}\n\xff{"ret\xff{"return": ${id}}\n`, "latin1"));
    };
    expect(await lodger([await guest(talk), "guest-x"])).toEqual(printed('"mine"\n'));
  });

  it("fails with the error's text, which can't touch the terminal", async () => {
    const answer = '{"error": {"class": "GenericError", "desc": "no \\u001b[2J\\n\\u202e\\u009b"}}\n';
    expect(await lodger([await guest(agent(answer)), "guest-x"])).toEqual(refused("guest-x: no \\u001B[2J\\n\\u202E\\u009B"));
    const long = `{"error": {"desc": "${"z".repeat(1_000_000)}"}}\n`;
    expect((await lodger([await guest(agent(long)), "guest-x"])).err.length).toBeLessThan(5000);
    expect(await lodger([await guest(agent('{"error": {"desc": 5}}\n')), "guest-x"])).toEqual(refused("guest-x: an error without a text"));
  });

  it.each([
    "{}\n",
    "[1]\n",
    '{"return": 1\n',
    '{"return": 1} 2\n',
    '{"error": "x"}\n',
    `{"return": ${"[".repeat(5000)}${"]".repeat(5000)}}\n`,
  ])("takes %j for no answer", async (answer) => {
    const err = /^lodger: the guest sent something else than an answer: is another client using this socket\?\n$/;
    expect(await lodger([await guest(agent(answer)), "guest-x"])).toEqual(refused(err));
  });

  it("takes bytes that are not UTF-8 for no answer", async () => {
    const path = await guest(agent(Buffer.from('{"return": "\xe9"}\n', "latin1")));
    expect(await lodger([path, "guest-x"])).toEqual(refused(/something else than an answer/));
  });

  it("stops reading an answer without an end", async () => {
    const piece = Buffer.alloc(1024 * 1024, "x");
    const flood = (socket: Socket) => {
      if (!socket.destroyed) socket.write(piece, () => flood(socket));
    };
    expect(await lodger([await guest(agent(flood)), "guest-x"])).toEqual(
      refused("the answer is longer than 128 MiB: ask for less at a time"),
    );
  });

  it("says when nobody answers", async () => {
    const mute = await guest(() => {});
    expect(await lodger([mute, "guest-x", "--timeout=0.2"])).toEqual(
      refused(`${mute}: no answer within 0.2 s: does an agent run in the guest, and is no other client connected?`),
    );
    const stuck = await guest(agent(() => {}));
    expect(await lodger([stuck, "guest-x", "--timeout=0.2"])).toEqual(
      refused("guest-x: no answer within 0.2 s: --timeout=SECONDS waits longer"),
    );
  });

  it("says when the other side leaves", async () => {
    const early = await guest((socket) => socket.end());
    expect(await lodger([early, "guest-x"])).toEqual(
      refused(`${early}: the connection was closed before an agent answered: does one run in the guest?`),
    );
    const late = await guest(agent((socket) => socket.end('{"retu')));
    expect(await lodger([late, "guest-x"])).toEqual(refused("guest-x: the connection was closed before the answer"));
  });
});

describe("a command that answers only errors", () => {
  it.each(["guest-shutdown", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid"])(
    "%s succeeds in silence",
    async (command) => {
      expect(await lodger([await guest(agent((socket) => socket.destroy())), command])).toEqual(printed(""));
    },
  );

  it("waits two seconds for an error, whatever the timeout", async () => {
    const start = performance.now();
    expect(await lodger([await guest(agent(() => {})), "guest-x", "--no-answer", "--timeout=1"])).toEqual(printed(""));
    expect(performance.now() - start).toBeGreaterThan(1900);
    const path = await guest(agent('{"error": {"class": "GenericError", "desc": "no"}}\n'));
    expect(await lodger([path, "guest-shutdown"])).toEqual(refused("guest-shutdown: no"));
  });

  it("may answer all the same", async () => {
    expect(await lodger([await guest(agent('{"return": {}}\n')), "guest-shutdown"])).toEqual(printed(""));
  });
});

describe("what can't be called", () => {
  const nowhere = join(folder, "nowhere");
  const file = join(folder, "file");
  writeFileSync(file, "");
  it.each([
    [[], "call needs TARGET and COMMAND: try 'lodger call --help'"],
    [[nowhere], "call needs TARGET and COMMAND: try 'lodger call --help'"],
    [[nowhere, "guest-x", "{}", "more"], "too much behind '{}': put the JSON into quotes"],
    [[nowhere, "guest-x", "--bogus"], "Unknown option '--bogus': try 'lodger call --help'"],
    [[nowhere, "guest-x", "--timeout=soon"], "--timeout 'soon' is no number of seconds; 0 waits for ever"],
    [[nowhere, "guest-x", "[1]"], `the arguments have to be a JSON object, like '{"path": "/etc/hostname"}'`],
    [[nowhere, "guest-x", "{x}"], `the arguments have to be a JSON object, like '{"path": "/etc/hostname"}'`],
    [[nowhere, "guest-x"], `${nowhere}: no such file; is the guest running, and is this the path of its chardev's socket?`],
    [
      [file, "guest-x"],
      `${file}: connection refused; nobody listens there, or it is no socket: start the guest or the agent, or check the path`,
    ],
    [["", "guest-x"], "TARGET is empty: give the path of the guest's socket, or HOST:PORT"],
    [["127.0.0.1:0", "guest-x"], "'127.0.0.1:0' has no port from 1 to 65535"],
    [["a:70000", "guest-x"], "'a:70000' has no port from 1 to 65535"],
    [["a:1", "guest-x", "--tls-ca=x"], "mutual TLS needs all of --tls-cert, --tls-key and --tls-ca"],
    [["a:1", "guest-x", "--tls-ca=x", "--tls-key=x", "--tls-cert=/nowhere"], /cannot read '(x|\/nowhere)': no such file\n$/],
    [[nowhere, "guest-x", "--tls-ca=x", "--tls-key=x", "--tls-cert=x"], /^lodger: TLS needs HOST:PORT: leave .* out for a unix socket\n$/],
    [["a".repeat(120), "guest-x"], /a socket's path has at most 107 bytes/],
  ])("%j", async (args, err) => {
    expect(await lodger(args)).toEqual(refused(err));
  });

  it("is explained by --help", async () => {
    const { status, out } = await lodger(["--help"]);
    expect(status).toBe(0);
    expect(out.split("\n").length).toBeLessThan(40);
  });
});

describe("over TCP", () => {
  const tls = (who: string) => [`--tls-cert=${pem(who)}`, `--tls-key=${pem(`${who}.key`)}`, `--tls-ca=${pem("authority")}`];

  async function tcpGuest(server: Server): Promise<string> {
    await listen(server, 0);
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function tlsGuest(who: string): Promise<string> {
    const [cert, key, ca] = [pem(who), pem(`${who}.key`), pem("authority")].map((path) => readFileSync(path));
    return tcpGuest(
      createTlsServer({ ...(cert && key && ca ? { cert, key, ca } : {}), requestCert: true }, serve(agent('{"return": 1}\n'))),
    );
  }

  it("an agent answers", async () => {
    expect(await lodger([await tcpGuest(createServer(serve(agent('{"return": 1}\n')))), "guest-x"])).toEqual(printed("1\n"));
  });

  it("an agent answers who shows a certificate", async () => {
    expect(await lodger([await tlsGuest("agent"), "guest-x", ...tls("caller")])).toEqual(printed("1\n"));
  });

  it("neither side trusts a stranger", async () => {
    const advice = /; check --tls-cert, --tls-key and --tls-ca on both sides\n$/;
    expect(await lodger([await tlsGuest("stranger"), "guest-x", ...tls("caller")])).toEqual(refused(advice));
    expect(await lodger([await tlsGuest("agent"), "guest-x", ...tls("stranger")])).toEqual(
      refused(/does it trust the authority that signed --tls-cert\?\n$|; check --tls-cert/),
    );
  });

  it("a key has to belong to its certificate", async () => {
    const args = [`--tls-cert=${pem("caller")}`, `--tls-key=${pem("agent.key")}`, `--tls-ca=${pem("authority")}`];
    expect(await lodger(["127.0.0.1:1", "guest-x", ...args])).toEqual(
      refused(/^lodger: the TLS files can't be used: .*key values mismatch.*\n$/),
    );
  });

  it("nobody answers without a listener", async () => {
    expect(await lodger(["127.0.0.1:1", "guest-x"])).toEqual(refused(/^lodger: 127\.0\.0\.1:1: connection refused; nobody listens there/));
    expect(await lodger(["[::1]:1", "guest-x"])).toEqual(refused(/^lodger: \[::1\]:1: /));
  });
});
