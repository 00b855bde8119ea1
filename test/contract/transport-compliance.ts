/** What every transport must do, whatever it is made of. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Connection } from "../../core/plugin.ts";
import type { Bench } from "./transport-bench.ts";

export interface Subject {
  readonly name: string;
  /** Whether several clients can be there at once. */
  readonly many: boolean;
  /** Whether a client can end its half and still read answers. */
  readonly halves: boolean;
  /** Whether a client that has left can be followed by another. */
  readonly returns: boolean;
  /** How much the load tests move. */
  readonly bytes: number;
  /** What an echo may have on its way without stopping a relay that sits between and does one thing at a time. Default: anything. */
  readonly inFlight?: number;
  readonly start: () => Promise<Bench>;
}

const PIECE = 64 * 1024;

export function transportCompliance(subject: Subject): void {
  describe(subject.name, () => {
    let bench: Bench;
    let descriptors: number;

    beforeEach(async () => {
      descriptors = readdirSync("/proc/self/fd").length;
      bench = await subject.start();
    });

    afterEach(async () => {
      await bench.end();
      await expect.poll(() => readdirSync("/proc/self/fd").length, { timeout: 3000 }).toBeLessThanOrEqual(descriptors);
    });

    test("moves many bytes both ways, whole and in order", async () => {
      const client = await bench.connect();
      const served = echo(await bench.next());
      const sent = randomBytes(subject.bytes);
      let back = 0;
      client.on("data", (chunk: Buffer) => {
        back += chunk.length;
      });
      const received = collect(client, sent.length);
      const inFlight = subject.inFlight ?? Number.POSITIVE_INFINITY;
      for (const piece of pieces(sent, inFlight)) {
        client.write(piece);
        for (const at = piece.byteOffset - sent.byteOffset; at + piece.length - back > inFlight; ) await once(client, "data");
      }
      expect(sha(await received)).toBe(sha(sent));
      client.destroy();
      await served;
    });

    test("hands out bytes that stay as they are until the next ones are asked for", async () => {
      const client = await bench.connect();
      const connection = await bench.next();
      const sent = randomBytes(PIECE * 4);
      writeInPieces(client, sent);
      const hash = createHash("sha256");
      let count = 0;
      for await (const chunk of connection.bytes) {
        await pause(2); // more arrives meanwhile
        hash.update(chunk);
        count += chunk.length;
        if (count === sent.length) break;
      }
      expect(hash.digest("hex")).toBe(sha(sent));
      client.destroy();
    });

    test("takes no more than it can hold while the agent doesn't read", async () => {
      const client = await bench.connect();
      const connection = await bench.next();
      const sent = randomBytes(subject.bytes);
      const before = process.memoryUsage().rss;
      client.write(sent);
      await pause(300);
      expect(client.writableLength).toBeGreaterThan(0);
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
      let count = 0;
      for await (const chunk of connection.bytes) {
        count += chunk.length;
        if (count === sent.length) break;
      }
      expect(count).toBe(sent.length);
      client.destroy();
    });

    test("makes the agent wait while the client doesn't read", async () => {
      const client = await bench.connect();
      const connection = await bench.next();
      client.pause();
      const piece = randomBytes(PIECE);
      const total = Math.ceil((subject.bytes * 4) / PIECE) * PIECE;
      let handed = 0;
      const sending = (async () => {
        for (; handed < total; handed += PIECE) await connection.send(piece);
      })();
      await pause(300);
      expect(handed).toBeLessThan(total);
      const received = await collect(client, total);
      await sending;
      for (let at = 0; at < total; at += PIECE) expect(received.subarray(at, at + PIECE).equals(piece)).toBe(true);
      client.destroy();
    });

    test("lets nobody wait for a client that has left", async () => {
      const client = await bench.connect();
      const connection = await bench.next();
      client.pause();
      const sending = (async () => {
        for (let i = 0; i < 64; i++) await connection.send(randomBytes(PIECE * 4));
      })();
      const reading = drain(connection);
      await pause(100);
      client.destroy();
      await within(5000, Promise.all([sending, reading]), "send and bytes of a client that has left");
      connection.close();
      await within(2000, connection.closed, "closed");
      await within(1000, connection.send(randomBytes(10)), "send to nobody");
    });

    if (subject.halves) {
      test("answers a client that has ended its half", async () => {
        const client = await bench.connect();
        const connection = await bench.next();
        client.end("question");
        expect(await drain(connection)).toBe(8);
        const answer = randomBytes(PIECE * 8);
        const received = collect(client, answer.length);
        await connection.send(answer);
        connection.close();
        expect(sha(await received)).toBe(sha(answer));
        await within(2000, connection.closed, "closed");
      });
    }

    if (subject.many) {
      test("serves several clients at once", async () => {
        const clients = await Promise.all([bench.connect(), bench.connect(), bench.connect()]);
        const served = [echo(await bench.next()), echo(await bench.next()), echo(await bench.next())];
        const sent = clients.map(() => randomBytes(PIECE * 8));
        const received = clients.map((client, i) => collect(client, sent[i]?.length ?? 0));
        clients.forEach((client, i) => {
          writeInPieces(client, sent[i] ?? Buffer.alloc(0));
        });
        expect((await Promise.all(received)).map(sha)).toEqual(sent.map(sha));
        for (const client of clients) client.destroy();
        await Promise.all(served);
      });
    }

    if (subject.returns) {
      test("serves a client after another, without what was left of the first", async () => {
        for (const word of ["first", "second", "third"]) {
          const client = await bench.connect();
          const connection = await bench.next();
          client.write(word);
          const reader = connection.bytes[Symbol.asyncIterator]();
          const { value } = await within(2000, reader.next(), `the word of the ${word} client`);
          expect(Buffer.from(value ?? []).toString()).toBe(word);
          const received = collect(client, 2);
          await connection.send(Buffer.from("ok"));
          expect((await received).toString()).toBe("ok");
          client.destroy();
          expect((await within(2000, reader.next(), "the end")).done).toBe(true);
          connection.close();
          await within(2000, connection.closed, "closed");
        }
      });
    }

    test("lets what was sent leave when the agent ends, and ends", async () => {
      const client = await bench.connect();
      const connection = await bench.next();
      const answer = randomBytes(3000);
      const received = collect(client, answer.length);
      await connection.send(answer);
      const reading = drain(connection);
      bench.abort();
      expect(sha(await within(2000, received, "the answer"))).toBe(sha(answer));
      await within(1000, Promise.all([connection.closed, reading, bench.ended]), "the end");
    });

    test("ends without a client", async () => {
      bench.abort();
      await within(1000, bench.ended, "the end");
    });
  });
}

async function echo(connection: Connection): Promise<void> {
  for await (const chunk of connection.bytes) await connection.send(Buffer.from(chunk));
  connection.close();
  await connection.closed;
}

async function drain(connection: Connection): Promise<number> {
  let count = 0;
  for await (const chunk of connection.bytes) count += chunk.length;
  return count;
}

/** Sizes that fit no buffer. */
function* pieces(bytes: Buffer, atMost = 100_000): Generator<Buffer> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7 + 13) % Math.min(atMost, 100_000)) {
    yield bytes.subarray(at, at + size);
  }
}

function writeInPieces(client: Duplex, bytes: Buffer): void {
  for (const piece of pieces(bytes)) client.write(piece);
}

function collect(client: Duplex, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let count = 0;
  const all = new Promise<Buffer>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      chunks.push(chunk);
      count += chunk.length;
      if (count >= length) finish();
    };
    const finish = () => {
      client.off("data", take);
      client.off("close", early);
      resolve(Buffer.concat(chunks));
    };
    const early = () => reject(new Error(`the client got ${count} of ${length} bytes`));
    client.on("data", take);
    client.once("close", early);
  });
  client.resume();
  return all;
}

function sha(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Names what did not happen in time. */
export async function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = pause(ms, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`${what}: nothing after ${ms} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => {});
  }
}
