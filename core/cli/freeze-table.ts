/** A plan of a freeze as text for people, as `lodger freeze --dry-run` prints it. */
import { printable } from "../printable.ts";

/** What is shown of a plan. */
export interface ShownPlan {
  readonly freeze: readonly {
    readonly device: string;
    readonly name?: string;
    readonly type: string;
    /** At least one. */
    readonly mountPoints: readonly { readonly mountPoint: string }[];
    readonly why: string;
  }[];
  readonly leftOut: readonly { readonly mountPoint: string; readonly type: string; readonly reason: string }[];
}

export interface TableOptions {
  /** Names every mount, not only the first few. */
  readonly all?: boolean;
}

const COLUMNS = 100;
/** The widest that these columns become; a longer text has its line for itself. */
const MAX_MOUNT_POINT = 34;
const MAX_FILE_SYSTEM = 28;
/** So many mounts of a kind are named. */
const NAMED = 5;
const GAP = "  ";

/** @returns lines of at most 100 characters where the names allow it, each with its line end. Nothing in it can command a terminal. */
export function freezeTable(plan: ShownPlan, { all = false }: TableOptions = {}): string {
  const count = plan.freeze.length;
  const lines =
    count === 0
      ? ["Nothing would freeze."]
      : [`${count} file ${count === 1 ? "system" : "systems"} would freeze, in this order:`, "", ...orderLines(plan, all)];
  if (plan.leftOut.length > 0) lines.push("", "Left out:", ...leftOutLines(plan.leftOut, all));
  return `${lines.join("\n")}\n`;
}

function orderLines({ freeze }: ShownPlan, all: boolean): string[] {
  const rows = freeze.map(({ device, name, type, mountPoints, why }, index) => ({
    order: String(index + 1),
    mountPoint: printable(mountPoints[0]?.mountPoint ?? ""),
    fileSystem: printable(`${type} on ${name === undefined ? device : `${name}, ${device}`}`),
    why: printable(why),
    others: mountPoints.slice(1).map(({ mountPoint }) => printable(mountPoint)),
  }));
  const heading = { order: "#", mountPoint: "Mount point", fileSystem: "File system", why: "Why here" };
  const cells = [heading, ...rows];
  const widths = [
    Math.max(...cells.map(({ order }) => order.length)),
    widthOf(
      cells.map(({ mountPoint }) => mountPoint),
      MAX_MOUNT_POINT,
    ),
    widthOf(
      cells.map(({ fileSystem }) => fileSystem),
      MAX_FILE_SYSTEM,
    ),
  ] as const;
  const row = ({ order, mountPoint, fileSystem, why }: typeof heading) => {
    const room = COLUMNS - widths[0] - widths[1] - widths[2] - 3 * GAP.length;
    return laidOut([order.padStart(widths[0]), mountPoint, fileSystem], widths, wrapped(why, room));
  };
  const indent = `${" ".repeat(widths[0])}${GAP}`;
  return [...row(heading), ...rows.flatMap((one) => [...row(one), ...otherMountPoints(one.others, all, indent)])];
}

/** A cell that is too long for its column sends the rest of the row to the next line. */
function laidOut(cells: readonly string[], widths: readonly number[], last: readonly string[]): string[] {
  const lines: string[] = [];
  let start = 0;
  const place = (cell: string) => {
    const line = lines.at(-1) ?? "";
    if (line.length <= start - GAP.length) lines.pop();
    lines.push((line.length <= start - GAP.length ? line : "").padEnd(start) + cell);
  };
  for (const [index, cell] of cells.entries()) {
    place(cell);
    start += (widths[index] ?? 0) + GAP.length;
  }
  for (const text of last) place(text);
  return lines.map((line) => line.trimEnd());
}

function otherMountPoints(paths: readonly string[], all: boolean, indent: string): string[] {
  if (all) return paths.map((path) => `${indent}also at ${path}`);
  return paths.length === 0 ? [] : wrapped(`also at ${someOf(paths, 2)}`, COLUMNS - indent.length).map((line) => `${indent}${line}`);
}

/** The small groups first: they are the ones worth reading. */
function leftOutLines(leftOut: ShownPlan["leftOut"], all: boolean): string[] {
  const groups = [...Map.groupBy(leftOut, ({ reason }) => reason)].sort(([, a], [, b]) => a.length - b.length);
  return groups.flatMap(([reason, mounts]) => {
    const names = mounts.map(({ mountPoint, type }) => printable(`${mountPoint} (${type})`));
    const listed = all ? names : wrapped(someOf(names, NAMED), COLUMNS - 6);
    return [
      ...wrapped(`${mounts.length} ${mounts.length === 1 ? "mount" : "mounts"}, ${printable(reason)}`, COLUMNS - 2).map(
        (line) => `  ${line}`,
      ),
      ...listed.map((line) => `      ${line}`),
    ];
  });
}

function someOf(names: readonly string[], count: number): string {
  return names.length <= count ? names.join(", ") : `${names.slice(0, count).join(", ")} and ${names.length - count} more`;
}

function widthOf(texts: readonly string[], limit: number): number {
  return Math.max(...texts.map(({ length }) => length).filter((length) => length <= limit));
}

/** Broken at spaces; a word that is too long stays whole, so that it can be copied. */
function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(" ")) {
    if (line !== undefined && line.length + 1 + word.length > room) {
      lines.push(line);
      line = undefined;
    }
    line = line === undefined ? word : `${line} ${word}`;
  }
  return line === undefined ? lines : [...lines, line];
}
