/** What only devices have: a host that comes and goes, a device that does. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LinuxDevices } from "../../core/os/linux/devices.ts";
import { errnoOf, osError } from "../../core/os/linux/errno.ts";
import { close, pipe, setNonBlocking } from "../../core/os/linux/libc.ts";
import type { Connection, Settings } from "../../core/plugin.ts";
import { PolledStream } from "../../transports/device/polled.ts";
import { isaSerial } from "../../transports/isa-serial/index.ts";
import { virtioSerial } from "../../transports/virtio-serial/index.ts";
import { StandInPort, terminal } from "./stand-ins.ts";
import { logInto, settingsFor, startBench } from "./transport-bench.ts";
import { within } from "./transport-compliance.ts";

const devices = new LinuxDevices();
const virtio = virtioSerial(devices);
const isa = isaSerial(devices);

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lodger-device-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

const startPort = (port: StandInPort) =>
  startBench(
    virtioSerial(port),
    settingsFor("virtio-serial", "/stand-in"),
    async () => port.connect(),
    () => {},
  );

async function read(connection: Connection, length: number): Promise<string> {
  let text = "";
  for await (const chunk of connection.bytes) {
    text += Buffer.from(chunk).toString("latin1");
    if (text.length >= length) break;
  }
  return text;
}

describe("a path that is no device", () => {
  const refusal = async (path: string, transport = virtio, more: Partial<Settings> = {}) => {
    const error = await transport.listen(settingsFor(transport.name, path, more), logInto([]), new AbortController().signal).catch(String);
    return error;
  };

  test("is refused with what it is", async () => {
    const file = join(directory, "file");
    writeFileSync(file, "precious");
    const missing = join(directory, "missing");
    expect(await refusal(file)).toBe(`Error: error opening channel '${file}': it is no character device`);
    expect(await refusal(directory)).toBe(`Error: error opening channel '${directory}': it is no character device`);
    expect(await refusal(missing)).toBe(
      `Error: error opening channel '${missing}': No such file or directory; does the machine have this port? --path names another, --retry-path waits for it`,
    );
    expect(await refusal("/dev/null", isa)).toBe("Error: error opening channel '/dev/null': it is no serial line");
  });

  test("is no reason to wait, unless it is not there yet", async () => {
    const file = join(directory, "file");
    writeFileSync(file, "");
    expect(await refusal(file, virtio, { retryPath: true })).toContain("it is no character device");
  });

  test("is named if another agent has it", async () => {
    class Busy extends LinuxDevices {
      override open(): number {
        throw osError(errnoOf("EBUSY") ?? 0, "open");
      }
    }
    const error = await refusal("/dev/vport1p1", virtioSerial(new Busy()));
    expect(error).toBe("Error: error opening channel '/dev/vport1p1': another process has it open, perhaps another agent");
  });
});

describe("a FIFO", () => {
  test("is taken for a port", async () => {
    const path = join(directory, "fifo");
    execFileSync("mkfifo", [path]);
    const bench = await startBench(
      virtio,
      settingsFor("virtio-serial", path),
      async () => new Socket(),
      () => {},
    );
    const connection = await bench.next();
    await connection.send(Buffer.from("what is written there is read there"));
    expect(await read(connection, 35)).toBe("what is written there is read there");
    await bench.end();
  });
});

describe("the host", () => {
  test("may have written and left before the agent looks", async () => {
    const port = new StandInPort();
    const bench = await startPort(port);
    const host = await bench.connect();
    host.end("quick");
    host.destroy();
    const connection = await within(1000, bench.next(), "a connection");
    expect(await read(connection, 100)).toBe("quick");
    await connection.closed;
    await bench.end();
  });

  test("does not get the answers that an earlier one has left behind, and what that one sent is still read", async () => {
    const port = new StandInPort();
    const bench = await startPort(port);
    const host = await bench.connect();
    const connection = await bench.next();
    host.pause();
    host.write("question");
    const reader = connection.bytes[Symbol.asyncIterator]();
    expect(Buffer.from((await reader.next()).value ?? []).toString()).toBe("question");
    const sending = connection.send(Buffer.alloc(8 * 1024 * 1024, "stale"));
    host.write("afterthought");
    await pause(50);
    port.hungUp = true;
    await within(1000, sending, "send while the host is away");
    await within(1000, connection.send(Buffer.from("more")), "send after that");
    expect(Buffer.from((await reader.next()).value ?? []).toString()).toBe("afterthought");
    host.destroy();
    expect((await within(1000, reader.next(), "the end")).done).toBe(true);
    port.hungUp = false;

    const second = await bench.connect();
    const answer = once(second, "data");
    await (await bench.next()).send(Buffer.from("fresh"));
    expect(String((await answer)[0])).toBe("fresh");
    await bench.end();
  });

  test("costs no processor time worth naming while it is away, nor while it is there", async () => {
    const port = new StandInPort();
    const bench = await startPort(port);
    const spent = async () => {
      const before = process.cpuUsage();
      await pause(1000);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6;
    };
    expect(await spent()).toBeLessThan(0.05);
    await bench.connect();
    await bench.next();
    expect(await spent()).toBeLessThan(0.05);
    await bench.end();
  });
});

describe("many bytes", () => {
  test("that wait are read as few chunks, though a read gives a page", async () => {
    const port = new StandInPort();
    const bench = await startPort(port);
    const host = await bench.connect();
    const connection = await bench.next();
    const sent = randomBytes(60_000);
    host.write(sent);
    await pause(50); // nobody reads yet, so all of it waits
    const chunks: Buffer[] = [];
    for await (const chunk of connection.bytes) {
      chunks.push(Buffer.from(chunk)); // the memory is used again
      if (Buffer.concat(chunks).length === sent.length) break;
    }
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
    expect(chunks.length).toBeLessThanOrEqual(3);
    await bench.end();
  });

  test("leave at once as far as the device takes them, and the rest in order", async () => {
    const port = new StandInPort();
    const bench = await startPort(port);
    const host = await bench.connect();
    const connection = await bench.next();
    const given = vi.spyOn(port, "give");
    void connection.send(Buffer.from("small"));
    expect(given).toHaveLastReturnedWith(5); // with no turn of the loop between
    const large = randomBytes(4 * 1024 * 1024);
    const sending = Promise.all([connection.send(large), connection.send(Buffer.from("after it"))]);
    const all = Buffer.concat([Buffer.from("small"), large, Buffer.from("after it")]);
    const got: Buffer[] = [];
    let count = 0;
    for await (const chunk of host) {
      got.push(chunk as Buffer);
      count += (chunk as Buffer).length;
      if (count >= all.length) break;
    }
    await within(1000, sending, "the end of sending");
    expect(Buffer.concat(got).equals(all)).toBe(true);
    await bench.end();
  });
});

describe("a device that goes", () => {
  test("ends the channel", async () => {
    for (const transport of [virtio, isa]) {
      const path = join(directory, transport.name);
      const line = await terminal(path);
      const bench = await startBench(
        transport,
        settingsFor(transport.name, path),
        async () => line.client,
        () => {},
      );
      const connection = await bench.next();
      await line.unplug();
      await within(2000, connection.closed, "the connection's end");
      await within(3000, bench.ended, "the channel's end");
      await bench.end();
    }
  });

  test("is waited for with retry-path, also at first", async () => {
    const path = join(directory, "port");
    const controller = new AbortController();
    const logged: string[] = [];
    const listening = virtio.listen(settingsFor("virtio-serial", path, { retryPath: true }), logInto(logged), controller.signal);
    await pause(100);
    expect(logged).toEqual([`warning: waiting for channel path '${path}' (No such file or directory)`]);
    let line = await terminal(path);
    const connections = (await within(6000, listening, "the port"))[Symbol.asyncIterator]();
    for (const word of ["first", "second"]) {
      const { value: connection } = await within(8000, connections.next(), `the ${word} connection`);
      line.client.write(word);
      expect(await read(connection, word.length)).toBe(word);
      await line.unplug();
      if (word === "first") line = await terminal(path);
    }
    controller.abort();
    expect((await within(1000, connections.next(), "the end")).done).toBe(true);
  });
});

describe("the stream for runtimes without Node's pipe handle", () => {
  test("reads, waits for room to write, and ends", async () => {
    const towards = pipe();
    const back = pipe();
    for (const fd of [towards.read, back.write]) setNonBlocking(fd, true);
    const sent = Buffer.alloc(1024 * 1024, "polled");
    const stream = new PolledStream(towards.read, devices);
    const writer = new Socket({ fd: towards.write, readable: false, writable: true });
    writer.end(sent);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);

    const output = new PolledStream(back.write, devices);
    output.write(sent);
    const reader = new Socket({ fd: back.read, readable: true, writable: false });
    let count = 0;
    for await (const chunk of reader) {
      count += (chunk as Buffer).length;
      if (count === sent.length) break;
    }
    expect(count).toBe(sent.length);
    output.destroy();
    expect(() => close(back.write)).toThrow("Bad file descriptor");
  });
});
