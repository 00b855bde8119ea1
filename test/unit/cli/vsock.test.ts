/** `lodger call vsock:…`: which target a text is, and the greeting of the hypervisors that offer a unix socket instead of a vsock. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { call } from "../../../core/cli/call.ts";
import { connectionError, parseTarget } from "../../../core/cli/target.ts";
import { osError } from "../../../core/os/linux/errno.ts";

const folder = mkdtempSync(join(tmpdir(), "lodger-call-vsock-"));
const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A hypervisor's socket. @param talk gets each line, without its end. @returns the path. */
async function hypervisor(talk: (socket: Socket, line: string) => void): Promise<string> {
  const path = join(folder, `${Math.random()}.sock`);
  const server = createServer((socket) => {
    let text = "";
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        talk(socket, text.slice(0, end));
        text = text.slice(end + 1);
      }
    });
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(path, done));
  return path;
}

async function lodger(args: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const stream = (add: (text: string) => void) => ({ write: (text: string) => add(text) });
  const status = await call(args, {
    stdin: (async function* () {})(),
    stdout: stream((text) => {
      out += text;
    }),
    stderr: stream((text) => {
      err += text;
    }),
  });
  return { status, out, err };
}

const refused = (text: string) => ({ status: 1, out: "", err: `lodger: ${text}\n` });

describe("a target", () => {
  it.each([
    ["vsock:3:1024", { kind: "vsock", cid: 3, port: 1024 }],
    ["vsock:4294967294:4294967294", { kind: "vsock", cid: 4_294_967_294, port: 4_294_967_294 }],
    ["vsock:/run/ch.sock:1024", { kind: "vsock-proxy", path: "/run/ch.sock", port: 1024 }],
    ["vsock:a:b:0", { kind: "vsock-proxy", path: "a:b", port: 0 }],
    ["vsock:./3:1024", { kind: "vsock-proxy", path: "./3", port: 1024 }],
    // a host may have that name, and did before there was vsock
    ["vsock:1024", { kind: "tcp", host: "vsock", port: 1024 }],
    ["./vsock:3:1024", { kind: "unix", path: "./vsock:3:1024" }],
  ])("%s", (text, target) => {
    expect(parseTarget(text)).toEqual({ ...target, text });
  });

  it.each([
    ["vsock:", "'vsock:' is not vsock:CID:PORT, nor vsock:PATH:PORT for a hypervisor's socket"],
    ["vsock:/run/ch.sock", "'vsock:/run/ch.sock' is not vsock:CID:PORT, nor vsock:PATH:PORT for a hypervisor's socket"],
    ["vsock:3:x", "'vsock:3:x' is not vsock:CID:PORT, nor vsock:PATH:PORT for a hypervisor's socket"],
    ["vsock:3:4294967295", "'vsock:3:4294967295' has no port from 0 to 4294967294"],
    ["vsock:4294967295:3", "'vsock:4294967295:3' has no CID from 0 to 4294967294"],
  ])("%s is none", (text, message) => {
    expect(() => parseTarget(text)).toThrow(message);
  });
});

describe("a hypervisor's socket", () => {
  it("is asked for the port, and then it is the agent's", async () => {
    const asked: string[] = [];
    const path = await hypervisor((socket, line) => {
      asked.push(line);
      const id = /"id":(\d+)/.exec(line)?.[1];
      if (line === "CONNECT 1024") {
        for (const byte of "OK 107374") socket.write(byte);
        setImmediate(() => socket.write("1824\n"));
      } else if (id !== undefined) socket.write(Buffer.from(`\xff{"return": ${id}}\n`, "latin1"));
      else socket.write('{"return": 5}\n');
    });
    expect(await lodger([`vsock:${path}:1024`, "guest-x"])).toEqual({ status: 0, out: "5\n", err: "" });
    expect(asked).toHaveLength(3);
    expect(asked[0]).toBe("CONNECT 1024");
  });

  it("takes nothing of what the agent sends with the greeting", async () => {
    const path = await hypervisor((socket, line) => {
      const id = /"id":(\d+)/.exec(line)?.[1];
      if (line === "CONNECT 1") socket.write('OK 5\n{"return": "old"}\n');
      else if (id !== undefined) socket.write(Buffer.from(`\xff{"return": ${id}}\n`, "latin1"));
      else socket.write('{"return": "new"}\n');
    });
    expect(await lodger([`vsock:${path}:1`, "guest-x"])).toEqual({ status: 0, out: '"new"\n', err: "" });
  });

  it("that closes has nobody on that port", async () => {
    const path = await hypervisor((socket) => socket.end());
    expect(await lodger([`vsock:${path}:1024`, "guest-x"])).toEqual(
      refused("the hypervisor opens no port 1024 of the guest: does an agent run there with --method=vsock-listen --path=4294967295:1024?"),
    );
  });

  it.each(["nonsense\n", "OK\n", "OK x\n", "OK 1 2\n", "x".repeat(100_000), '{"return": {}}\n'])(
    "that says %j is none",
    async (greeting) => {
      const path = await hypervisor((socket) => socket.write(greeting));
      expect(await lodger([`vsock:${path}:1024`, "guest-x"])).toEqual(
        refused("this is not the vsock of cloud-hypervisor or Firecracker: it doesn't answer CONNECT"),
      );
    },
  );

  it("that says nothing is given up", async () => {
    const path = await hypervisor(() => {});
    const { status, err } = await lodger([`vsock:${path}:1024`, "guest-x", "--timeout=0.2"]);
    expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining(`vsock:${path}:1024: no connection within 0.2 s`) });
  });

  it("that is missing is named", async () => {
    expect(await lodger(["vsock:/nowhere/ch.sock:1024", "guest-x"])).toEqual(
      refused("vsock:/nowhere/ch.sock:1024: no such file; is the guest running, and is this the path of its vsock's socket?"),
    );
  });

  it("speaks no TLS", async () => {
    for (const target of ["vsock:/s:1", "vsock:3:1"]) {
      expect(await lodger([target, "guest-x", "--tls-ca=x", "--tls-key=x", "--tls-cert=x"])).toEqual(
        refused("TLS needs HOST:PORT: leave --tls-cert, --tls-key and --tls-ca out for a vsock"),
      );
    }
  });
});

describe("a failure of the kernel's vsock", () => {
  it.each([
    [97, "vsock:3:1: Address family not supported by protocol; load the kernel's vsock: modprobe vhost_vsock on a host"],
    [19, "vsock:3:1: No such device; no guest has that CID: check the CID of the guest's vsock device, and that the guest is running"],
    [
      104,
      "vsock:3:1: connection reset; nobody listens on that port: is the agent running with --method=vsock-listen, and may this machine connect (--vsock-peers)?",
    ],
  ])("%s says what to do", (errno, text) => {
    expect(connectionError(parseTarget("vsock:3:1"), osError(errno, "connect")).message).toBe(text);
  });
});
