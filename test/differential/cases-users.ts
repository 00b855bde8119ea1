/** guest-get-users, by prepared login records. */
import type { Scenario } from "./scenario.ts";
import { call, withEach } from "./steps.ts";

/** ut_type of records. */
const USER_PROCESS = 7;
const DEAD_PROCESS = 8;

interface Login {
  readonly user: string;
  readonly seconds?: number;
  readonly microseconds?: number;
  readonly type?: number;
  readonly pid?: number;
  readonly line?: string;
  readonly host?: string;
}

/** A record of utmp as 64-bit systems have it, 384 bytes. */
function record({
  user,
  seconds = 1_700_000_000,
  microseconds = 123_456,
  type = USER_PROCESS,
  pid = 1,
  line = "pts/0",
  host = "host.example",
}: Login): string {
  const bytes = Buffer.alloc(384);
  bytes.writeInt16LE(type, 0);
  bytes.writeInt32LE(pid, 4);
  bytes.write(line, 8, 32, "latin1");
  bytes.write("ts/0", 40, 4, "latin1");
  bytes.write(user, 44, 32, "latin1");
  bytes.write(host, 76, 256, "latin1");
  bytes.writeUInt32LE(seconds, 340);
  bytes.writeUInt32LE(microseconds, 344);
  return bytes.toString("latin1");
}

const records = (...logins: readonly Login[]) => logins.map(record).join("");

const FILES: Readonly<Record<string, string>> = {
  empty: "",
  one: records({ user: "alice" }),
  "an earlier and a later": records({ user: "alice", seconds: 5000 }, { user: "alice", seconds: 4000 }, { user: "alice", seconds: 6000 }),
  "fractions decide": records({ user: "alice", microseconds: 2 }, { user: "alice", microseconds: 1 }),
  several: records({ user: "root" }, { user: "alice", seconds: 1 }, { user: "bob", seconds: 2 }, { user: "alice", seconds: 3 }),
  "other types": records(...[0, 1, 2, 3, 4, 5, 6, DEAD_PROCESS, 9, -1].map((type) => ({ user: `type${type}`, type })), { user: "alice" }),
  "no name": records({ user: "" }, { user: "alice" }),
  "a name of 32 bytes": records({ user: "x".repeat(32), host: "" }),
  "odd names": records({ user: "a b" }, { user: 'a"b' }, { user: "caf\xc3\xa9" }, { user: "bad\xff" }, { user: "a\nb" }),
  "odd times": records(
    { user: "zero", seconds: 0, microseconds: 0 },
    { user: "much", seconds: 0x7fffffff, microseconds: 999_999 },
    { user: "negative", seconds: 0xffffffff },
    { user: "fraction", seconds: 1, microseconds: 500_000 },
    { user: "beyond", seconds: 1, microseconds: 5_000_000 },
  ),
  "pid 0 and no line": records({ user: "alice", pid: 0, line: "" }),
  "a record cut off": records({ user: "alice" }, { user: "bob" }).slice(0, 500),
  garbage: "garbage\n".repeat(100),
  many: records(...Array.from({ length: 200 }, (_, n) => ({ user: `user${n % 50}`, seconds: 1000 - n }))),
};

export const USER_SCENARIOS: readonly Scenario[] = [
  {
    id: "users with names of 32 bytes",
    world: { trees: { "/run": { utmp: records({ user: "x".repeat(32) }, { user: "y".repeat(32), host: "another" }) } } },
    steps: [call("guest-get-users")],
  },
  {
    id: "users by a folder",
    world: { trees: { "/run": { utmp: { folder: true } } } },
    steps: [call("guest-get-users")],
  },
  {
    id: "users by utmp",
    world: { trees: { "/run": {} } },
    steps: [
      call("guest-get-users"),
      ...withEach("/run/utmp", FILES, call("guest-get-users")),
      { put: { "/run/utmp": null } },
      call("guest-get-users"),
    ],
  },
];
