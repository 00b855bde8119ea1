/** Texts from rules: in a rule `<name>` stands for any of the rule of that name, everything else for itself, one character a byte. */
import type { Random } from "./random.ts";

/** The rule `start` is where a text begins. */
export type Grammar = Readonly<Record<string, readonly string[]>>;

const REFERENCE = /<([a-z]+)>/g;
/** Below this, the alternative with the fewest references is taken. */
const MAX_DEPTH = 12;
const MAX_LENGTH = 20_000;

/** @throws RangeError if a rule is missing. */
export function generated(grammar: Grammar, random: Random, rule = "start"): string {
  let length = 0;
  const expand = (name: string, depth: number): string => {
    const alternatives = grammar[name] ?? [];
    const chosen = depth > MAX_DEPTH || length > MAX_LENGTH ? simplest(alternatives) : random.pick(alternatives);
    length += chosen.length;
    return chosen.replace(REFERENCE, (_, other: string) => expand(other, depth + 1));
  };
  return expand(rule, 0);
}

function simplest(alternatives: readonly string[]): string {
  const references = (text: string) => text.match(REFERENCE)?.length ?? 0;
  return alternatives.toSorted((a, b) => references(a) - references(b))[0] ?? "";
}
