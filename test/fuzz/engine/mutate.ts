/** One input made from others, by edits that are piled up. */
import { type Grammar, generated } from "./grammar.ts";
import type { Random } from "./random.ts";

export interface Material {
  readonly random: Random;
  readonly corpus: readonly Buffer[];
  readonly words: readonly Buffer[];
  readonly grammar: Grammar | undefined;
  readonly maxBytes: number;
}

const BYTES = Buffer.from(
  "\0\x01\x09\n\r\x1b \"#$%&'()*+,-./019:;<=>?@AZ[\\]_`az{|}~\x7f\x80\xbf\xc0\xc3\xe2\xed\xef\xf0\xf4\xfe\xff",
  "latin1",
);
const NUMBERS = [
  "0 -0 -1 1 7 8 10 16 255 256 1e9 1e400 00 0x10 4294967295 4294967296 2147483648 -2147483649 9007199254740993",
  "9223372036854775807 9223372036854775808 -9223372036854775809 18446744073709551615 18446744073709551616",
]
  .join(" ")
  .split(" ")
  .concat("9".repeat(400));

type Edit = (bytes: Buffer, material: Material) => Buffer;

const splice = (bytes: Buffer, at: number, remove: number, insert: Uint8Array) =>
  Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);

/** A range, usually short. */
function range(bytes: Buffer, random: Random): { at: number; length: number } {
  const at = random.below(bytes.length + 1);
  const most = bytes.length - at;
  return { at, length: Math.min(most, random.oneIn(4) ? random.below(most + 1) : 1 + random.below(8)) };
}

function fresh({ random, words, grammar, corpus }: Material): Uint8Array {
  if (grammar !== undefined && random.oneIn(3)) return Buffer.from(generated(grammar, random, random.pick(Object.keys(grammar))), "latin1");
  if (words.length > 0 && !random.oneIn(3)) return random.pick(words);
  const other = random.pick(corpus);
  const { at, length } = range(other, random);
  return other.subarray(at, at + length);
}

const EDITS: readonly Edit[] = [
  (bytes, { random }) => {
    const { at } = range(bytes, random);
    return splice(bytes, at, 1, Buffer.of((bytes[at] ?? 0) ^ (1 << random.below(8))));
  },
  (bytes, { random }) => splice(bytes, range(bytes, random).at, random.below(2), Buffer.of(random.pick([...BYTES]))),
  (bytes, { random }) => splice(bytes, range(bytes, random).at, random.below(2), Buffer.of(random.below(256))),
  (bytes, { random }) => {
    const { at, length } = range(bytes, random);
    return splice(bytes, at, length, Buffer.alloc(0));
  },
  (bytes, { random }) => {
    const { at, length } = range(bytes, random);
    return splice(bytes, range(bytes, random).at, 0, bytes.subarray(at, at + length));
  },
  (bytes, { random, maxBytes }) => {
    const { at, length } = range(bytes, random);
    const times = random.oneIn(8) ? Math.floor(maxBytes / (length + 1)) : 1 + random.below(40);
    return splice(bytes, at, 0, Buffer.concat(Array.from({ length: times }, () => bytes.subarray(at, at + length))));
  },
  (bytes, material) => splice(bytes, range(bytes, material.random).at, 0, fresh(material)),
  (bytes, material) => splice(bytes, range(bytes, material.random).at, 0, fresh(material)),
  (bytes, material) => {
    const { at, length } = range(bytes, material.random);
    return splice(bytes, at, length, fresh(material));
  },
  (bytes, { random }) => {
    const numbers = [...bytes.toString("latin1").matchAll(/-?\d+/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: digits } = random.pick(numbers);
    return splice(bytes, index, digits.length, Buffer.from(random.pick(NUMBERS), "latin1"));
  },
  (bytes, { random, corpus }) => {
    const other = random.pick(corpus);
    return Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1))]);
  },
];

/** Once in so many times an input is much longer, mostly of one thing: what is slow or too deep only when there is much of it. */
const HUGE_ONE_IN = 100;
const HUGE = 40;

export function mutated(material: Material): Buffer {
  const { random, corpus, grammar, maxBytes } = material;
  let bytes = grammar !== undefined && random.oneIn(8) ? Buffer.from(generated(grammar, random), "latin1") : chosen(corpus, random);
  for (let edits = 1 << random.below(4); edits > 0; edits--) bytes = random.pick(EDITS)(bytes, material);
  if (!random.oneIn(HUGE_ONE_IN)) return Buffer.from(bytes.subarray(0, maxBytes));
  const piece = fresh(material);
  const times = Math.floor((maxBytes * HUGE) / (piece.length + 1));
  return splice(bytes.subarray(0, maxBytes), range(bytes, random).at, 0, Buffer.concat(Array.from({ length: times }, () => piece)));
}

/** What was found lately is the nearest to what was not found yet. */
function chosen(corpus: readonly Buffer[], random: Random): Buffer {
  const recent = corpus.slice(-Math.max(8, corpus.length >> 2));
  return random.pick(random.oneIn(2) ? recent : corpus);
}
