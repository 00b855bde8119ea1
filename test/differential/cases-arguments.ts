/** The arguments of the oldest commands: missing, unexpected, of every wrong type, several wrong at once. */
import { request, type Table, type WireCase } from "./table.ts";

const TYPES = ["null", "true", '"x"', '""', "5", "-1", "1.5", "18446744073709551616", "9223372036854775808", "[]", "[1]", "{}", '{"a":1}'];

export interface Shape {
  readonly name: string;
  /** Good values, none of which does anything. */
  readonly good: Readonly<Record<string, string>>;
  readonly optional?: readonly string[];
  /** Why it may be sent with wrong arguments. */
  readonly safe?: string;
}

const REFUSED = "refused by its arguments, in a mount namespace where nothing can end the machine";

const SHAPES: readonly Shape[] = [
  { name: "guest-sync", good: { id: "1" } },
  { name: "guest-sync-delimited", good: { id: "1" } },
  { name: "guest-ping", good: {} },
  { name: "guest-info", good: {} },
  { name: "guest-file-open", good: { path: '"/lodger-none/none"', mode: '"r"' }, optional: ["mode"] },
  { name: "guest-file-close", good: { handle: "1" } },
  { name: "guest-file-read", good: { handle: "1", count: "1" }, optional: ["count"] },
  { name: "guest-file-write", good: { handle: "1", "buf-b64": '"QQ=="', count: "1" }, optional: ["count"] },
  { name: "guest-file-seek", good: { handle: "1", offset: "0", whence: "0" } },
  { name: "guest-file-flush", good: { handle: "1" } },
  { name: "guest-fsfreeze-status", good: {} },
  { name: "guest-fsfreeze-thaw", good: {} },
  { name: "guest-network-get-interfaces", good: {} },
];

const HARMFUL: readonly Shape[] = [
  { name: "guest-shutdown", good: {}, safe: REFUSED },
  { name: "guest-suspend-disk", good: {}, safe: REFUSED },
  { name: "guest-suspend-ram", good: {}, safe: REFUSED },
  { name: "guest-suspend-hybrid", good: {}, safe: REFUSED },
  { name: "guest-fsfreeze-freeze", good: {}, safe: REFUSED },
];

function object(members: Readonly<Record<string, string>>): string {
  return `{${Object.entries(members)
    .map(([name, value]) => `"${name}":${value}`)
    .join(",")}}`;
}

function without(members: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(members).filter(([key]) => key !== name));
}

/** Every argument missing, of every wrong type, alone, and with others. */
export function casesOf({ name, good, optional = [], safe }: Shape): WireCase[] {
  const names = Object.keys(good);
  const lists: string[] = ["{}", object({ ...good, unexpected: "1" }), object({ unexpected: "null", ...good })];
  for (const member of names) {
    lists.push(object(without(good, member)), object({ ...without(good, member), unexpected: "1" }));
    for (const value of TYPES) lists.push(object({ ...good, [member]: value }));
    // wrong in one and unexpected, wrong in all from here on, only this one
    lists.push(object({ ...good, [member]: "null", unexpected: "1" }), object({ [member]: "null" }));
    const from = names.indexOf(member);
    lists.push(object(Object.fromEntries(names.map((key, index) => [key, index >= from ? "{}" : (good[key] ?? "")]))));
    lists.push(object(Object.fromEntries(names.filter((_, index) => index >= from).map((key) => [key, "[]"]))));
  }
  lists.push(object(Object.fromEntries(names.toReversed().map((key) => [key, good[key] ?? ""]))));
  lists.push(object(Object.fromEntries(optional.map((key) => [key, "null"]))));
  const quiet = lists.filter((list) => !(names.length === 0 && list === "{}") || name === "guest-ping");
  return [...new Set(quiet)].map((list) => ({ id: `${name} ${list}`, send: request(name, list), ...(safe && { safe }) }));
}

const WHENCE = [
  "0",
  "1",
  "2",
  "3",
  "-1",
  "4294967296",
  '"set"',
  '"cur"',
  '"end"',
  '"SET"',
  '"set "',
  '""',
  '"nope"',
  '"set\\u0000"',
  "null",
  "1.0",
  "true",
];

export const ARGUMENTS: Table = {
  name: "arguments",
  answered: true,
  cases: [
    ...SHAPES.flatMap(casesOf),
    ...WHENCE.map((whence) => ({
      id: `whence ${whence}, unknown handle`,
      send: request("guest-file-seek", `{"handle":1,"offset":0,"whence":${whence}}`),
    })),
    ...WHENCE.map((whence) => ({
      id: `whence ${whence}, unexpected member`,
      send: request("guest-file-seek", `{"handle":1,"offset":0,"whence":${whence},"x":1}`),
    })),
    ...['{"a":1,"b":2}', '{"b":1,"a":2}'].map((list) => ({ id: `two unexpected ${list}`, send: request("guest-ping", list) })),
    { id: "fsfreeze-status", send: request("guest-fsfreeze-status") },
    { id: "fsfreeze-status {}", send: request("guest-fsfreeze-status", "{}") },
    { id: "thaw while thawed", send: request("guest-fsfreeze-thaw") },
    { id: "thaw and status with ids", send: '{"execute":"guest-fsfreeze-thaw","id":1}{"execute":"guest-fsfreeze-status","id":2}' },
  ],
};

export const HARMFUL_ARGUMENTS: Table = {
  name: "arguments of commands that must not run",
  answered: true,
  isolated: true,
  cases: [
    ...HARMFUL.flatMap(({ name, safe = REFUSED }) => [
      { id: `${name}, unexpected`, send: request(name, '{"unexpected":1}'), safe },
      ...(name === "guest-shutdown"
        ? []
        : ["null", "[]", "1", '"x"'].map((list) => ({ id: `${name} ${list}`, send: request(name, list), safe }))),
    ]),
    ...["null", "true", "5", "1.5", "[]", "{}", '"x"', '""', '"Halt"', '"halt "', '"power down"', '"reboot\\u0000"', '"\xc3\xa9"'].map(
      (mode) => ({
        id: `guest-shutdown, mode ${mode}`,
        send: request("guest-shutdown", `{"mode":${mode}}`),
        safe: REFUSED,
      }),
    ),
    { id: "guest-shutdown, bad mode and unexpected", send: request("guest-shutdown", '{"mode":"x","y":1}'), safe: REFUSED },
    {
      id: "guest-shutdown, bad mode with an id",
      send: '{"execute":"guest-shutdown","arguments":{"mode":"x"},"id":{"a":1}}',
      safe: REFUSED,
    },
    {
      id: "guest-fsfreeze-freeze-list of nothing",
      send: request("guest-fsfreeze-freeze-list", '{"mountpoints":[]}'),
      safe: "freezes nothing",
    },
  ],
};
