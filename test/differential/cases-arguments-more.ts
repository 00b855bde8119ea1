/** The arguments of the commands since 1.5: as in cases-arguments.ts, and nested ones. */
import { casesOf, type Shape } from "./cases-arguments.ts";
import { ACCOUNTS_WORLD } from "./cases-keys.ts";
import { request, type Table, type WireCase } from "./table.ts";

const READS = [
  "guest-get-time",
  "guest-get-vcpus",
  "guest-get-disks",
  "guest-get-fsinfo",
  "guest-get-memory-blocks",
  "guest-get-memory-block-info",
  "guest-get-host-name",
  "guest-get-users",
  "guest-get-timezone",
  "guest-get-osinfo",
  "guest-get-diskstats",
  "guest-get-cpustats",
];
const YOUNGER_READS = ["guest-get-load", "guest-network-get-route"];

const reading = (name: string): Shape => ({ name, good: {} });

const COPIES = "the agent sees copies of all that it writes";
const PRINTS = "only programs that end at once are started, in a mount namespace";

const EXEC: Shape = {
  name: "guest-exec",
  good: { path: '"no-such-program"', arg: '["a"]', env: '["A=1"]', "input-data": '"QQ=="', "capture-output": "true" },
  optional: ["arg", "env", "input-data", "capture-output"],
  safe: PRINTS,
};
const KEYS: readonly Shape[] = [
  {
    name: "guest-ssh-add-authorized-keys",
    good: { username: '"no-such"', keys: '["k"]', reset: "false" },
    optional: ["reset"],
    safe: COPIES,
  },
  { name: "guest-ssh-remove-authorized-keys", good: { username: '"no-such"', keys: '["k"]' }, safe: COPIES },
  { name: "guest-ssh-get-authorized-keys", good: { username: '"no-such"' } },
];
const PASSWORD: Shape = {
  name: "guest-set-user-password",
  good: { username: '"no-such"', password: '"c2VjcmV0"', crypted: "true" },
  safe: COPIES,
};

const VALUES = [
  "null",
  "true",
  '"x"',
  '""',
  "5",
  "-1",
  "1.5",
  "18446744073709551615",
  "18446744073709551616",
  "-9223372036854775808",
  "-9223372036854775809",
  "[]",
  "{}",
];

/** @param list the argument that is a list of objects. @param id the member that says which. */
function nested(command: string, list: string, id: string): WireCase[] {
  const of = (...items: readonly string[]) => `{"${list}":[${items.join(",")}]}`;
  const good = `{"${id}":99,"online":true}`;
  const lists = [
    ...VALUES.map((value) => `{"${list}":${value}}`),
    ...VALUES.map((value) => of(value)),
    ...VALUES.map((value) => of(`{"${id}":${value},"online":true}`)),
    ...VALUES.map((value) => of(`{"${id}":99,"online":${value}}`)),
    ...VALUES.map((value) => of(`{"${id}":99,"online":true,"can-offline":${value}}`)),
    of("{}"),
    of(`{"${id}":99}`),
    of('{"online":true}'),
    of(`{"${id}":99,"online":true,"unexpected":1}`),
    of(good, "null"),
    of(good, "{}"),
    of(good, `{"${id}":"x","online":true}`),
    of(good, good, `{"${id}":1,"online":"x"}`),
    of(`{"${id}":98,"${id}":99,"online":true}`),
    `{"${list}":[],"${list}":[]}`,
    `{"${list}":[],"unexpected":1}`,
    `{"${list}":[null],"unexpected":1}`,
    '{"unexpected":1}',
    "{}",
  ];
  return [...lists, "null", "[]", "1"].map((args) => ({ id: `${command} ${args}`, send: request(command, args), safe: COPIES }));
}

const CASES: readonly WireCase[] = [
  ...READS.flatMap((name) => casesOf(reading(name))),
  ...casesOf({ name: "guest-exec-status", good: { pid: "99999999" } }),
  ...KEYS.flatMap(casesOf),
  ...casesOf(PASSWORD),
  ...nested("guest-set-vcpus", "vcpus", "logical-id"),
  ...nested("guest-set-memory-blocks", "mem-blks", "phys-index"),
  ...["null", "true", "{}", '"x"', "5", "[null]", "[1]", '["k",null]', '[["k"]]', '[{"a":1}]', "[]"].map((keys) => ({
    id: `keys ${keys}`,
    send: request("guest-ssh-add-authorized-keys", `{"username":"no-such","keys":${keys}}`),
    safe: COPIES,
  })),
  ...['"', "null", "true", "[", "{", "1.5", "18446744073709551616"].map((begin) => ({
    id: `guest-set-time ${begin}`,
    send: request("guest-set-time", `{"time":${begin}${{ '"': '1"', "[": "]", "{": "}" }[begin] ?? ""}}`),
    safe: "refused by its arguments, by an agent that may not set the clock",
  })),
  ...['{"unexpected":1}', "null", "[]", "1", '"x"'].flatMap((args) =>
    ["guest-set-time", "guest-fstrim"].map((command) => ({
      id: `${command} ${args}`,
      send: request(command, args),
      safe: "refused by its arguments",
    })),
  ),
  ...['"1"', "null", "true", "[]", "{}", "1.5", "18446744073709551616", "9223372036854775808"].map((minimum) => ({
    id: `guest-fstrim, minimum ${minimum}`,
    send: request("guest-fstrim", `{"minimum":${minimum}}`),
    safe: "refused by its arguments",
  })),
  { id: "users, long names", send: request("guest-ssh-get-authorized-keys", `{"username":"${"x".repeat(100_000)}"}`) },
  {
    id: "many processors",
    send: request(
      "guest-set-vcpus",
      `{"vcpus":[${Array.from({ length: 20_000 }, (_, n) => `{"logical-id":${n + 50},"online":true}`).join(",")}]}`,
    ),
    safe: COPIES,
  },
];

const FILES = { trees: { "/sys/devices/system/cpu": {}, "/sys/devices/system/memory": { block_size_bytes: "8000000\n" } } };

export const MORE_ARGUMENTS: Table = {
  name: "arguments of later commands",
  answered: true,
  world: { ...ACCOUNTS_WORLD, trees: { ...ACCOUNTS_WORLD.trees, ...FILES.trees } },
  cases: CASES,
};

export const YOUNGER_ARGUMENTS: Table = {
  name: "arguments of the youngest commands",
  answered: true,
  world: {},
  generations: ["current", "11"],
  cases: [
    ...YOUNGER_READS.flatMap((name) => casesOf(reading(name))),
    ...casesOf(EXEC),
    ...["null", "true", "{}", '"x"', "5", "[null]", "[1]", '["a",null]', '[["a"]]', '["a",{}]'].flatMap((list) =>
      ["arg", "env"].map((member) => ({
        id: `${member} ${list}`,
        send: request("guest-exec", `{"path":"no-such-program","${member}":${list}}`),
        safe: PRINTS,
      })),
    ),
    ...['"none"', '"separated"', '"merged"', '"NONE"', '"x"', '""', '"none\\u0000"'].map((mode) => ({
      id: `capture-output ${mode}`,
      send: request("guest-exec", `{"path":"no-such-program","capture-output":${mode}}`),
      safe: PRINTS,
    })),
    {
      id: "the path twice",
      send: request("guest-exec", '{"path":"no-such-program","path":"no-such-program"}'),
      safe: PRINTS,
    },
    {
      id: "100,000 arguments",
      send: request("guest-exec", `{"path":"no-such-program","arg":[${Array.from({ length: 100_000 }, () => '"a"').join(",")}]}`),
      safe: PRINTS,
    },
  ],
};
