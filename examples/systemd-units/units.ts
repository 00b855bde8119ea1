/** What systemctl says of units, and which names may be said to it. */
import { failed } from "lodger/plugin";

export interface Unit {
  readonly name: string;
  readonly description: string;
  /** "loaded", "not-found", "masked", … */
  readonly load: string;
  /** "active", "inactive", "failed", … */
  readonly active: string;
  /** "running", "exited", "dead", … */
  readonly sub: string;
}

export interface UnitStatus extends Unit {
  /** Whether it starts with the system: "enabled", "disabled", "static", …; missing where there is no file of it. */
  readonly "unit-file"?: string;
  /** Of its main process, while there is one. */
  readonly pid?: number;
  /** Why it ended: "success", "exit-code", "signal", … */
  readonly result?: string;
  readonly restarts?: number;
}

export const LISTED = ["Id", "Description", "LoadState", "ActiveState", "SubState"];
export const SHOWN = [...LISTED, "UnitFileState", "MainPID", "Result", "NRestarts"];

/** As systemd allows them, without its escapes: no pattern, no path, no option. */
const NAME = /^[A-Za-z0-9_@:][A-Za-z0-9_@:.-]*\.(service|socket|target|timer|path|mount|automount|swap|slice|scope|device)$/;
const LONGEST = 255;

/** @throws CommandError for what is no whole name of one unit. */
export function checkedName(name: string): string {
  if (!NAME.test(name) || name.length > LONGEST) throw failed(`'${name}' is no name of a unit: give it whole, such as nginx.service`);
  return name;
}

/** Reads `systemctl show`: lines "KEY=VALUE", an empty line between units. What systemctl warns of in between is none of them. */
export function parseShow(text: string): ReadonlyMap<string, string>[] {
  return text
    .split(/\n\s*\n/)
    .map((block) => new Map(Array.from(block.matchAll(/^([A-Za-z]+)=(.*)$/gm), ([, key = "", value = ""]) => [key, value] as const)))
    .filter((properties) => properties.has("Id"));
}

export function unit(properties: ReadonlyMap<string, string>): Unit {
  const text = (key: string) => properties.get(key) ?? "";
  return {
    name: text("Id"),
    description: text("Description"),
    load: text("LoadState"),
    active: text("ActiveState"),
    sub: text("SubState"),
  };
}

export function unitStatus(properties: ReadonlyMap<string, string>): UnitStatus {
  const pid = Number(properties.get("MainPID") ?? 0);
  const file = properties.get("UnitFileState") ?? "";
  const result = properties.get("Result") ?? "";
  const restarts = Number(properties.get("NRestarts") ?? Number.NaN);
  return {
    ...unit(properties),
    ...(file === "" ? {} : { "unit-file": file }),
    ...(pid > 0 ? { pid } : {}),
    ...(result === "" ? {} : { result }),
    ...(Number.isNaN(restarts) ? {} : { restarts }),
  };
}

/** @param pattern `*` stands for any text, `?` for one character. */
export function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(name);
}
