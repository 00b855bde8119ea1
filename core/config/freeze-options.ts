/** The options around a freeze: what they are called, what holds without them, and what they come to. */
import type { FreezeSettings } from "../settings.ts";
import type { Option } from "./options.ts";
import { StartError } from "./start-error.ts";

export type FreezeOptionName =
  | "freeze-lease"
  | "freeze-timeout"
  | "freeze-mount-timeout"
  | "freeze-exclude"
  | "freeze-skip-failing"
  | "freeze-hooks"
  | "freeze-hook-timeout";

const SECONDS = "SECONDS";
/** Timers have no more; it is three weeks. */
const MAX_SECONDS = 2_000_000;

/** Shown by `lodger freeze --help`; the general help has no room for them. */
export const FREEZE_OPTIONS: readonly (Option & { readonly name: FreezeOptionName; readonly about: string })[] = [
  {
    name: "freeze-lease",
    kind: "text",
    value: SECONDS,
    inToml: "number",
    key: "freeze-lease",
    default: "600",
    about: "a freeze ends by itself after this time; 0 for never",
  },
  {
    name: "freeze-timeout",
    kind: "text",
    value: SECONDS,
    inToml: "number",
    key: "freeze-timeout",
    default: "600",
    about: "how long all file systems together may take to freeze",
  },
  {
    name: "freeze-mount-timeout",
    kind: "text",
    value: SECONDS,
    inToml: "number",
    key: "freeze-mount-timeout",
    default: "300",
    about: "how long each of them may take",
  },
  {
    name: "freeze-exclude",
    kind: "list",
    value: "A,B",
    key: "freeze-exclude",
    about: "mount points, or patterns such as /mnt/*, that are never frozen",
  },
  {
    name: "freeze-skip-failing",
    kind: "flag",
    key: "freeze-skip-failing",
    about: "leave out and report what can't be frozen; without it, nothing is",
  },
  {
    name: "freeze-hooks",
    kind: "text",
    value: "DIR",
    key: "freeze-hooks",
    default: "/etc/lodger/freeze-hooks.d",
    about: "programs run before and after, in order",
  },
  {
    name: "freeze-hook-timeout",
    kind: "text",
    value: SECONDS,
    inToml: "number",
    key: "freeze-hook-timeout",
    default: "60",
    about: "how long each of them, and the --fsfreeze-hook, may run",
  },
];

/** What was given, or holds without. */
interface Given {
  /** @returns what `check` makes of it. */
  text<T>(name: FreezeOptionName, check: (text: string) => T): T | undefined;
  flag(name: FreezeOptionName): boolean;
  list(name: FreezeOptionName): readonly string[];
}

/** What can't be used is 0 here. */
export function freezeSettings(given: Given): FreezeSettings {
  const seconds = (name: FreezeOptionName, least: number) => given.text(name, (text) => secondsOf(name, text, least)) ?? 0;
  const lease = seconds("freeze-lease", 0);
  return {
    leaseMs: lease === 0 ? undefined : lease * 1000,
    withinMs: seconds("freeze-timeout", 1) * 1000,
    eachWithinMs: seconds("freeze-mount-timeout", 1) * 1000,
    exclude: given.list("freeze-exclude"),
    skipFailing: given.flag("freeze-skip-failing"),
    hookFolder: given.text("freeze-hooks", (text) => text) ?? "",
    hookWithinMs: seconds("freeze-hook-timeout", 1) * 1000,
  };
}

/** Keys and values of a configuration file for what is not as it would be without. */
export function freezeEntries(settings: FreezeSettings): readonly (readonly [key: string, value: string])[] {
  const texts: Readonly<Record<FreezeOptionName, string>> = {
    "freeze-lease": String((settings.leaseMs ?? 0) / 1000),
    "freeze-timeout": String(settings.withinMs / 1000),
    "freeze-mount-timeout": String(settings.eachWithinMs / 1000),
    "freeze-exclude": settings.exclude.join(","),
    "freeze-skip-failing": String(settings.skipFailing),
    "freeze-hooks": settings.hookFolder,
    "freeze-hook-timeout": String(settings.hookWithinMs / 1000),
  };
  return FREEZE_OPTIONS.flatMap(({ name, kind, default: fallback = kind === "flag" ? "false" : "" }) =>
    texts[name] === fallback ? [] : [[name, texts[name]] as const],
  );
}

/** @throws StartError naming the option that can't be used. */
function secondsOf(name: FreezeOptionName, text: string, least: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= MAX_SECONDS) return value;
  throw new StartError(`--${name}: '${text}' is no number of seconds: write one from ${least} to ${MAX_SECONDS}`);
}
