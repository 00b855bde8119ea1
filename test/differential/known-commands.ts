/** guest-info tells a version and all commands; what can be compared are the commands of the interface document that ours has. */
import { INTERFACE } from "../interface.ts";
import type { Compared } from "./difference.ts";

const INFO = /^(.*)\{"supported_commands": \[(.*)\], "version": "([^"]*)"\}(.*)$/;
const OWN = /^guest-lodger-/;
const ITEM = /\{"enabled": (?:true|false), "name": "([^"]*)", "success-response": (?:true|false)\}/g;

/** @returns whether both are guest-info's answers that agree in every command which both have, in whatever order. */
export function sameInformation({ theirs, ours }: Pick<Compared, "theirs" | "ours">): boolean {
  if (theirs.length !== ours.length) return false;
  let seen = false;
  const same = theirs.every((line, index) => {
    const other = ours[index] ?? "";
    if (line === other) return true;
    const [a, b] = [INFO.exec(line), INFO.exec(other)];
    if (!a || !b || a[1] !== b[1] || a[4] !== b[4]) return false;
    seen = true;
    const [mine, others] = [items(b[2]), items(a[2])];
    if (!areOurs([...mine.keys()]) || !/^\d+\.\d+\.\d+(?:[+.-][\w.+-]*)?$/.test(b[3] ?? "")) return false;
    const common = [...others.keys()].filter((name) => mine.has(name));
    return common.every((name) => mine.get(name) === others.get(name));
  });
  return same && seen;
}

/** All that the interface has on Linux, and beside it nothing but commands of lodger's own. */
function areOurs(names: readonly string[]): boolean {
  return INTERFACE.every((name) => names.includes(name)) && names.every((name) => INTERFACE.includes(name) || OWN.test(name));
}

function items(list = ""): Map<string, string> {
  return new Map([...list.matchAll(ITEM)].map((found) => [found[1] ?? "", found[0]]));
}

/** @returns whether both list commands one a line, ours once each, and agree in all else. */
export function sameList({ theirs, ours }: Pick<Compared, "theirs" | "ours">): boolean {
  const [a, b] = [named(theirs), named(ours)];
  const rest = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('"stdout: ')).join();
  return areOurs(b) && a.length > 0 && new Set(b).size === b.length && rest(theirs) === rest(ours);
}

function named(lines: readonly string[]): string[] {
  return lines.find((line) => line.startsWith('"stdout: '))?.match(/guest-[\w-]+/g) ?? [];
}
