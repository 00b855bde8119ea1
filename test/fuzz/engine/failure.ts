/** What counts as a failure, and when two are the same. */

/** A target found something that must never be. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly invariant: string;

  constructor(invariant: string, detail = "") {
    super(detail === "" ? invariant : `${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

/** @throws Violation unless it holds. */
export function holds(condition: boolean, invariant: string, detail: () => string = () => ""): asserts condition {
  if (!condition) throw new Violation(invariant, detail());
}

/** @throws Violation if both aren't the same text, or the same when written as JSON. */
export function same(one: unknown, other: unknown, invariant: string): void {
  const [a, b] = [one, other].map((value) => (typeof value === "string" ? value : asText(value)));
  if (a !== b) throw new Violation(invariant, `\n  ${a?.slice(0, 2000)}\n  ${b?.slice(0, 2000)}`);
}

export function asText(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? `${member}n` : member)) ?? "undefined";
}

/** @returns the same text for failures that have the same cause, as far as that can be told. */
export function signature(error: unknown): string {
  if (error instanceof Violation) return error.invariant;
  if (!(error instanceof Error)) return `threw ${typeof error}`;
  const message = (error.message.split("\n")[0] ?? "")
    .replace(/'[^']*'|"[^"]*"/g, "'…'")
    .replace(/\d+/g, "N")
    .slice(0, 80);
  if (error instanceof RangeError && message.includes("call stack")) return message;
  const frame = /^\s+at (?:async )?([\w.#<>$ ]+) \(/m.exec(error.stack ?? "")?.[1] ?? "";
  return `${error.name}: ${message} in ${frame}`;
}
