/** A client of a guest agent. What the guest sends is taken for hostile: sizes are bounded, and only well-formed JSON is an answer. */
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { CallError } from "./call-error.ts";
import { objectMembers } from "./json-text.ts";

/** Longest answer read, in bytes: 48 MiB of a file are 64 MiB of base64. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;
/** Longest answer to a sync, in bytes; what is longer is none. */
const MAX_SYNC_BYTES = 4096;
const DELIMITER = 0xff;
const NEWLINE = 0x0a;

export type Answer =
  /** The return value's JSON, as the guest wrote it. */
  | { readonly kind: "return"; readonly json: string }
  /** Text of the guest, not made safe for a terminal. */
  | { readonly kind: "error"; readonly class: string; readonly text: string };

export class GuestClient {
  readonly #socket: Socket;
  readonly #incoming: Incoming;

  /** @param socket connected; the client closes it. */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.#incoming = new Incoming(socket);
  }

  /**
   * Finds the place in the stream from where answers are ours: throws away all that others left behind.
   * @returns false if the connection ended before.
   * @throws Error of the socket.
   */
  async sync(): Promise<boolean> {
    // below 2^48, so that no agent's numbers make another one of it
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).readUIntBE(0, 6);
    // the byte in front ends what a client before us may have left half said
    this.#socket.write(Buffer.concat([Buffer.of(DELIMITER), request("guest-sync-delimited", `{"id":${id}}`)]));
    for (;;) {
      if (!(await this.#incoming.skipPast(DELIMITER))) return false;
      const line = await this.#incoming.line(MAX_SYNC_BYTES);
      const text = line === undefined ? undefined : decode(line.subarray(line.lastIndexOf(DELIMITER) + 1));
      if (text !== undefined && objectMembers(text)?.get("return") === String(id)) return true;
    }
  }

  /**
   * @param argumentsJson a JSON object, sent as it stands.
   * @returns undefined if the connection ended without an answer.
   * @throws Error of the socket, CallError if the answer is too long or none.
   */
  async ask(command: string, argumentsJson: string | undefined): Promise<Answer | undefined> {
    this.#socket.write(request(command, argumentsJson));
    const line = await this.#incoming.line(MAX_ANSWER_BYTES);
    if (line === undefined) {
      if (this.#incoming.ended) return undefined;
      throw new CallError(`the answer is longer than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB: ask for less at a time`);
    }
    return parseAnswer(line);
  }

  close(): void {
    this.#socket.destroy();
  }
}

function request(command: string, argumentsJson: string | undefined): Buffer {
  const envelope = argumentsJson === undefined ? "" : `,"arguments":${argumentsJson}`;
  return Buffer.from(`{"execute":${JSON.stringify(command)}${envelope}}\n`);
}

function parseAnswer(line: Buffer): Answer {
  // a delimited command's answer has the delimiter in front
  const text = decode(line[0] === DELIMITER ? line.subarray(1) : line);
  const members = text === undefined ? undefined : objectMembers(text);
  const json = members?.get("return");
  if (json !== undefined) return { kind: "return", json };
  const error = objectMembers(members?.get("error") ?? "");
  if (error === undefined) throw new CallError("the guest sent something else than an answer: is another client using this socket?");
  const word = (name: string): string | undefined => {
    const value: unknown = JSON.parse(error.get(name) ?? "null");
    return typeof value === "string" ? value : undefined;
  };
  return { kind: "error", class: word("class") ?? "GenericError", text: word("desc") ?? "an error without a text" };
}

/** @returns undefined for what is not UTF-8. */
function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The bytes of a socket, in pieces that their reader asks for. */
class Incoming {
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);
  /** The other side is done, and everything it sent is read. */
  ended = false;

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** Throws away all up to and with this byte. @returns false if the end came first. */
  async skipPast(byte: number): Promise<boolean> {
    for (;;) {
      const at = this.#held.indexOf(byte);
      if (at >= 0) {
        this.#held = this.#held.subarray(at + 1);
        return true;
      }
      if (!(await this.#more())) return false;
    }
  }

  /** @returns the next line that isn't blank, without its newline; undefined if it is longer than `limit` bytes, or at the end. */
  async line(limit: number): Promise<Buffer | undefined> {
    let parts: Buffer[] = [];
    let length = 0;
    for (;;) {
      const at = this.#held.indexOf(NEWLINE);
      const part = at < 0 ? this.#held : this.#held.subarray(0, at);
      length += part.length;
      if (length > limit) return undefined;
      parts.push(part);
      if (at >= 0) {
        this.#held = this.#held.subarray(at + 1);
        const line = parts.length === 1 ? part : Buffer.concat(parts, length);
        if (line.some((byte) => byte !== 0x20 && byte !== 0x0d && byte !== 0x09)) return line;
        parts = [];
        length = 0;
      } else if (!(await this.#more())) return undefined;
    }
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    this.#held = done === true ? Buffer.alloc(0) : value;
    if (done === true) this.ended = true;
    return done !== true;
  }
}
