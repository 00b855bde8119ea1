/** Whether a condition of the admin's holds for an argument. */
import { isWithin } from "../os/path-names.ts";
import { matches } from "./pattern.ts";
import type { Places } from "./places.ts";
import { isBlockedProgram, listedProgram } from "./programs.ts";
import type { Condition } from "./rules.ts";

/** What a rule is for. In doubt a condition of one that allows doesn't hold, and of one that blocks it does. */
export type Side = "allow" | "block";

/** What stands at the end of a sequence for any more items. */
export const ANY_MORE = "...";

/**
 * @param value undefined where the argument is not given and has no default. Of a list, a rule that allows wants every item to hold, and
 * one that blocks any.
 */
export function holds(condition: Condition, value: unknown, side: Side, places: Places): boolean {
  if (condition.kind === "absent") return value === undefined;
  if (value === undefined) return false;
  switch (condition.kind) {
    case "one-of":
      return ofItems(value, side, (item) => condition.values.some((one) => isSame(one, item)));
    case "like":
      return ofItems(value, side, (item) => typeof item === "string" && condition.patterns.some((pattern) => matches(pattern, item)));
    case "sequence":
      return isSequence(value, condition.patterns);
    case "inside":
      return ofItems(value, side, (item) => typeof item === "string" && isInside(item, condition.folders, side, places));
    case "program":
      return ofItems(value, side, (item) => typeof item === "string" && isProgram(item, condition.paths, side, places));
    case "at-most":
      return withSize(value, (size) => size <= condition.bound);
    case "at-least":
      return withSize(value, (size) => size >= condition.bound);
  }
}

/** Whether it takes a look at the disk, which is the last thing to do. */
export function asksDisk({ kind }: Condition): boolean {
  return kind === "inside" || kind === "program";
}

function ofItems(value: unknown, side: Side, test: (item: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return test(value);
  // Every item is tested, so that all that is to be looked up is known at once.
  const results = value.map(test);
  return side === "allow" ? !results.includes(false) : results.includes(true);
}

/** The integer 1 is the same as a number and as a bigint, and "1" is another value. */
function isSame(one: string | number | bigint | boolean, item: unknown): boolean {
  if (isNumber(one) && isNumber(item)) return one <= item && one >= item;
  return one === item;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isSequence(value: unknown, patterns: readonly string[]): boolean {
  if (!Array.isArray(value)) return false;
  const open = patterns.at(-1) === ANY_MORE;
  const fixed = open ? patterns.slice(0, -1) : patterns;
  if (open ? value.length < fixed.length : value.length !== fixed.length) return false;
  return fixed.every((pattern, index) => {
    const item: unknown = value[index];
    return typeof item === "string" && matches(pattern, item);
  });
}

function withSize(value: unknown, test: (size: number | bigint) => boolean): boolean {
  if (isNumber(value)) return test(value);
  if (typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array) return test(value.length);
  return false;
}

function isInside(given: string, folders: readonly string[], side: Side, places: Places): boolean {
  const path = places.at(given);
  const resolved = folders.map((folder) => places.at(folder) ?? (side === "block" ? folder : undefined));
  if (path === undefined) return side === "block";
  return resolved.some((folder) => folder !== undefined && isWithin(path, folder));
}

function isProgram(given: string, paths: readonly string[], side: Side, places: Places): boolean {
  return side === "allow" ? listedProgram(given, paths, places) !== undefined : isBlockedProgram(given, paths, places);
}

/** A condition in words, behind the argument's name. */
export function conditionText(condition: Condition): string {
  switch (condition.kind) {
    case "one-of":
      return `is one of ${condition.values.map(quoted).join(", ")}`;
    case "like":
      return `is like ${condition.patterns.map(quoted).join(", ")}`;
    case "sequence":
      return `is the list ${condition.patterns.map(quoted).join(", ") || "without items"}`;
    case "inside":
      return `is inside ${condition.folders.map(quoted).join(", ")}`;
    case "program":
      return `is the program ${condition.paths.map(quoted).join(", ")}`;
    case "at-most":
      return `is at most ${condition.bound}`;
    case "at-least":
      return `is at least ${condition.bound}`;
    case "absent":
      return "is absent";
  }
}

function quoted(value: string | number | bigint | boolean): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
