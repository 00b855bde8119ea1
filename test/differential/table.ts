/** What is sent, as plain values. */
import type { Sending } from "./peer.ts";
import type { Generation } from "./reference.ts";
import type { World } from "./world.ts";

export interface WireCase {
  readonly id: string;
  /** One character a byte; characters beyond 0xFF can't be sent. */
  readonly send: string;
  readonly piece?: number;
  readonly lines?: number;
  readonly safe?: string;
}

/** Cases for one running agent. A case leaves the lexer where it found it, so they don't influence each other. */
export interface Table {
  readonly name: string;
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** What agents see of the system, instead of the machine's. */
  readonly world?: World;
  /** Puts a mark in place of what moves, in a line as it came. */
  readonly masked?: (line: string) => string;
  /** In a mount namespace where nothing can end the machine. */
  readonly isolated?: boolean;
  /** Not for agents before 9.0, which don't have the options. */
  readonly modern?: boolean;
  readonly generations?: readonly Generation[];
  /** Every case has an answer, which is waited for before the end mark is sent: on a busy machine a sync abandons what is slow. */
  readonly answered?: boolean;
  readonly cases: readonly WireCase[];
}

/** What a peer needs to know of a case. */
export function sending(table: Table, { send, piece, lines, safe }: WireCase): Sending {
  const expected = lines ?? (table.answered ? 1 : undefined);
  return { bytes: send, ...(piece && { piece }), ...(expected && { lines: expected }), ...(safe && { safe }) };
}

/** The same text with each of these bytes in the middle. */
export interface Sweep {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** Cases named by what they send. */
export function plain(...texts: readonly string[]): WireCase[] {
  return texts.map((send) => ({ id: send, send }));
}

export function request(execute: string, args?: string): string {
  return args === undefined ? `{"execute":"${execute}"}` : `{"execute":"${execute}","arguments":${args}}`;
}

/** One character a byte, as the wire has it. */
export function utf8(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
