/** `vsock-listen` under the suite of all transports, and what only it has: who may connect. */
import { fstatSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OsError, serverHandle, type VsockPeers } from "../../core/plugin.ts";
import { vsockListen } from "../../transports/vsock-listen/index.ts";
import { connected } from "./clients.ts";
import { listeningSocket } from "./stand-ins.ts";
import { settingsFor, startBench } from "./transport-bench.ts";
import { transportCompliance, within } from "./transport-compliance.ts";
import { StandInVsock } from "./vsock-sockets.ts";

const MIB = 1024 * 1024;
const ways = [
  ["Node's handle", serverHandle],
  ["polling", () => undefined],
] as const;

let directory: string;
let count = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "lodger-vsock-"));
});

afterAll(() => rmSync(directory, { recursive: true }));

const fresh = () => join(directory, `socket-${count++}`);

async function start(handleOf: typeof serverHandle, vsockPeers?: VsockPeers) {
  const path = fresh();
  const sockets = new StandInVsock(path);
  const bench = await startBench(
    vsockListen(sockets, handleOf),
    settingsFor("vsock-listen", "4294967295:1024", { vsockPeers }),
    () => connected({ path }),
    () => {},
  );
  return { ...bench, sockets };
}

for (const [way, handleOf] of ways) {
  transportCompliance({
    name: `vsock-listen by ${way}`,
    many: true,
    halves: true,
    returns: true,
    bytes: way === "polling" ? 2 * MIB : 24 * MIB,
    start: () => start(handleOf),
  });
}

async function sentAway(client: Duplex): Promise<void> {
  const end = new Promise<void>((resolve) => client.once("end", resolve).once("close", resolve));
  client.write("secret");
  client.resume();
  await within(2000, end, "the end of a client that may not connect");
  client.destroy();
}

describe.for(ways)("by %s", ([, handleOf]) => {
  test("serves the host and nobody else, and says who was refused once", async () => {
    const { sockets, connect, next, logged, end } = await start(handleOf);
    expect(sockets.address).toEqual({ cid: 4_294_967_295, port: 1024 });
    sockets.next = { cid: 1, port: 40_001 };
    await sentAway(await connect());
    await sentAway(await connect());
    sockets.next = { cid: 77, port: 40_002 };
    await sentAway(await connect());
    sockets.next = { cid: 2, port: 40_003 };
    await connect();
    expect((await next()).peer).toBe("vsock:2:40003"); // nobody came before
    expect(logged).toEqual([
      "warning: a client was refused (vsock:1:40001): CID 1 is not among those that may connect; --vsock-peers=2,1 lets it in, too",
      "debug: a client was refused (vsock:1:40001)",
      "warning: a client was refused (vsock:77:40002): CID 77 is not among those that may connect; --vsock-peers=2,77 lets it in, too",
    ]);
    await end();
  });

  test("serves those that --vsock-peers names, and then not the host", async () => {
    const { sockets, connect, next, end } = await start(handleOf, [1, 5]);
    await sentAway(await connect());
    sockets.next = { cid: 5, port: 1 };
    await connect();
    expect((await next()).peer).toBe("vsock:5:1");
    await end();
  });

  test("serves all with --vsock-peers=any", async () => {
    const { sockets, connect, next, end } = await start(handleOf, "any");
    sockets.next = { cid: 4_294_967_294, port: 3 };
    await connect();
    expect((await next()).peer).toBe("vsock:4294967294:3");
    await end();
  });

  test("serves nobody whose CID can't be known", async () => {
    const { sockets, connect, next, logged, end } = await start(handleOf, "any");
    sockets.next = new OsError("ENOTCONN", 107, "Transport endpoint is not connected", "getpeername");
    await sentAway(await connect());
    expect(logged).toEqual(["debug: a client was refused, because nobody says where it comes from: Transport endpoint is not connected"]);
    sockets.next = undefined; // it is a unix socket's, whose address must not be taken for one of a vsock
    await sentAway(await connect());
    expect(logged.slice(1)).toEqual([
      "debug: a client was refused, because nobody says where it comes from: Address family not supported by protocol",
    ]);
    sockets.next = { cid: 2, port: 9 };
    await connect();
    expect((await next()).peer).toBe("vsock:2:9");
    await end();
  });

  test("serves the socket that systemd has opened, and checks its clients", async () => {
    const path = fresh();
    const fd = listeningSocket(path);
    const sockets = new StandInVsock(path);
    const bench = await startBench(
      vsockListen(sockets, handleOf),
      settingsFor("vsock-listen", `/dev/fd/${fd}`),
      () => connected({ path }),
      () => {},
    );
    sockets.next = { cid: 3, port: 1 };
    await sentAway(await bench.connect());
    sockets.next = { cid: 2, port: 1 };
    await bench.connect();
    expect((await bench.next()).peer).toBe("vsock:2:1");
    await bench.end();
    await expect.poll(() => isOpen(fd)).toBe(false);
  });
});

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
