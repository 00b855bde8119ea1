/** guest-ssh-*-authorized-keys, on a copy of /etc and homes made for the case. */
import type { Tree } from "./prepared.ts";
import type { Scenario, Step } from "./scenario.ts";
import { call, look } from "./steps.ts";
import type { World } from "./world.ts";

const SAFE = "/etc and the homes are copies";

const A = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl alice@example";
const B = 'from=\\"10.0.0.0/8\\",no-pty ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 b';
const C = "c";

const USERS = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"];
const uid = (name: string) => 4001 + USERS.indexOf(name);

const folder = (name: string, mode = 0o700) => ({ folder: true, mode, owner: uid(name) }) as const;
const keys = (name: string, text: string, mode = 0o600) => ({ text, mode, owner: uid(name) }) as const;

const HOMES: Tree = {
  alice: folder("alice", 0o755),
  "alice/.ssh": folder("alice"),
  "alice/.ssh/authorized_keys": keys("alice", "one\ntwo\nthree\n"),
  bob: folder("bob", 0o755),
  // carol has no home.
  dave: folder("dave", 0o755),
  "dave/.ssh": folder("dave", 0o755),
  "dave/.ssh/authorized_keys": keys(
    "dave",
    "# comment\n\n  \t\n  indented \t\n\tone\r\n#two\n # three\none\nno newline \xc3\xa9 at the end",
    0o644,
  ),
  erin: folder("erin", 0o755),
  "erin/.ssh": keys("erin", "a file\n"),
  frank: folder("frank", 0o755),
  "frank/.ssh": folder("frank"),
  "frank/.ssh/authorized_keys": folder("frank"),
  grace: folder("grace", 0o755),
  "grace/.ssh": folder("grace"),
  "grace/.ssh/real": keys("grace", "linked\n"),
  "grace/.ssh/authorized_keys": { link: "real", owner: uid("grace") },
  heidi: folder("heidi", 0o755),
  "heidi/real": folder("heidi"),
  "heidi/real/authorized_keys": keys("heidi", "behind a link\n"),
  "heidi/.ssh": { link: "real", owner: uid("heidi") },
  ivan: folder("ivan", 0o755),
  "ivan/.ssh": folder("ivan"),
  "ivan/.ssh/authorized_keys": { text: "of root\n", mode: 0o600, owner: 0 },
  judy: folder("judy", 0o755),
  "judy/.ssh": folder("judy"),
  "judy/.ssh/authorized_keys": keys("judy", ""),
};

export const ACCOUNTS_WORLD: World = {
  etc: {
    passwd: [
      ...USERS.map((name) => `${name}:x:${uid(name)}:${uid(name)}::/home/${name}:/bin/sh`),
      "nohome:x:4100:4100:::/bin/sh",
      "relative:x:4101:4101::home/alice:/bin/sh",
      "",
    ].join("\n"),
    shadow: [...USERS.map((name) => `${name}:!:20000:0:99999:7:::`), ""].join("\n"),
  },
  trees: {
    "/home": HOMES,
    "/root": { ".ssh": { folder: true, mode: 0o700 }, ".ssh/authorized_keys": { text: "of the administrator\n", mode: 0o600 } },
  },
};

const get = (user: string): Step => call("guest-ssh-get-authorized-keys", `{"username":"${user}"}`);
const list = (items: readonly string[]) => `[${items.map((key) => `"${key}"`).join(",")}]`;
const add = (user: string, items: readonly string[], more = ""): Step =>
  call("guest-ssh-add-authorized-keys", `{"username":"${user}","keys":${list(items)}${more}}`, SAFE);
const reset = (user: string, items: readonly string[]): Step => add(user, items, ',"reset":true');
const remove = (user: string, items: readonly string[]): Step =>
  call("guest-ssh-remove-authorized-keys", `{"username":"${user}","keys":${list(items)}}`, SAFE);
const left = (user: string): Step => look(`/home/${user}/.ssh`, `/home/${user}/.ssh/authorized_keys`);

/** Names of temporary files are made up. */
const masked = (line: string) => line.replace(/(authorized_keys\.)[A-Za-z0-9]{6}(?!\w)/g, "$1<random>");
const keysScenario = (id: string, steps: readonly Step[]): Scenario => ({ id: `keys: ${id}`, world: ACCOUNTS_WORLD, masked, steps });

/** Each begins with the homes as they were; one agent does them all, because starting agents takes most of the time. */
const inTurn = (id: string, parts: Readonly<Record<string, readonly Step[]>>): Scenario =>
  keysScenario(
    id,
    Object.values(parts).flatMap((steps) => [{ refill: "/home", tree: HOMES }, ...steps]),
  );

export const KEY_SCENARIOS: readonly Scenario[] = [
  inTurn("read, added and removed", {
    "of everybody": [
      ...[
        ...USERS.filter((name) => !["grace", "heidi", "ivan"].includes(name)),
        "root",
        "daemon",
        "nobody",
        "no-such",
        "",
        "ALICE",
        "4001",
        "a:b",
        "a/b",
        "../alice",
        "alice\\u0000",
        "\xc3\xa9",
        "x".repeat(300),
      ].map(get),
    ],
    added: [
      add("alice", [A]),
      left("alice"),
      get("alice"),
      add("alice", [A, B, C, B]),
      left("alice"),
      get("alice"),
      add("alice", []),
      add("alice", ["one", "two", "two", "four"]),
      left("alice"),
      get("alice"),
      add("alice", ["x".repeat(5000)]),
      left("alice"),
      get("alice"),
    ],
    "added where there was no file": [add("bob", [A]), left("bob"), get("bob"), add("bob", [A, B]), left("bob")],
    "none added where there was no file": [add("bob", []), left("bob"), get("bob")],
    "odd files": [add("dave", [A]), left("dave"), get("dave")],
    "an empty file": [add("judy", [A]), left("judy"), remove("judy", [A]), left("judy"), get("judy")],
    "all replaced": [
      reset("alice", [A, B, A]),
      left("alice"),
      get("alice"),
      reset("alice", []),
      left("alice"),
      get("alice"),
      reset("bob", [C]),
      left("bob"),
      add("alice", [C], ',"reset":false'),
      left("alice"),
    ],
    removed: [
      remove("alice", ["two"]),
      left("alice"),
      get("alice"),
      remove("alice", ["nope", "one", "one"]),
      left("alice"),
      remove("alice", []),
      left("alice"),
      remove("alice", ["three"]),
      left("alice"),
      get("alice"),
      remove("bob", ["one"]),
      left("bob"),
    ],
    "of the administrator": [
      add("root", [A]),
      look("/root/.ssh", "/root/.ssh/authorized_keys"),
      remove("root", [A]),
      look("/root/.ssh", "/root/.ssh/authorized_keys"),
      get("root"),
    ],
  }),
  inTurn("odd ones", {
    invalid: ["", " ", "#comment", "a\\nb", "a\\n", "\\n", "a\\tb", " spaces ", "\xc3\xa9"].flatMap((key) => [
      add("alice", [A, key]),
      left("alice"),
      remove("alice", [key]),
      left("alice"),
      reset("alice", ["one", "two"]),
    ]),
    "of those who have none": ["carol", "no-such", ""].flatMap((user) => [
      add(user, [A]),
      get(user),
      remove(user, [A]),
      look("/home/carol"),
    ]),
    "odd homes": ["erin", "frank"].flatMap((user) => [add(user, [A]), left(user), get(user), remove(user, [A]), left(user)]),
    many: [
      reset(
        "alice",
        Array.from({ length: 2000 }, (_, n) => `key ${n}`),
      ),
      left("alice"),
      get("alice"),
      remove(
        "alice",
        Array.from({ length: 1000 }, (_, n) => `key ${n * 2}`),
      ),
      left("alice"),
      get("alice"),
    ],
    "changed by others": [
      { put: { "/home/alice/.ssh/authorized_keys": { text: "new\n", owner: uid("alice"), mode: 0o640 } } },
      get("alice"),
      add("alice", [A]),
      left("alice"),
      { put: { "/home/alice/.ssh/authorized_keys": null } },
      get("alice"),
      { put: { "/home/alice/.ssh": null } },
      get("alice"),
      remove("alice", [A]),
      left("alice"),
    ],
  }),
  keysScenario("removed as they are listed", [remove("dave", ["one", "indented"]), left("dave"), get("dave")]),
  keysScenario(
    "no lines of keys",
    [" #comment", "a\\rb", "a\\u0000b", "\\u0001"].flatMap((key) => [add("alice", [key]), remove("alice", [key])]),
  ),
  keysScenario(
    "of nobody's home",
    ["nohome", "relative"].flatMap((user) => [get(user), add(user, [A]), remove(user, [A])]),
  ),
  keysScenario("of a file that is not the user's", [
    get("ivan"),
    add("ivan", [A]),
    left("ivan"),
    get("ivan"),
    remove("ivan", [A]),
    left("ivan"),
  ]),
  keysScenario(
    "links",
    ["grace", "heidi"].flatMap((user) => [
      get(user),
      add(user, [A]),
      left(user),
      get(user),
      look("/home/grace/.ssh/real", "/home/heidi/real", "/home/heidi/real/authorized_keys"),
    ]),
  ),
  keysScenario("of a folder that is not the user's", [
    { put: { "/home/alice/.ssh": { folder: true, mode: 0o755, owner: 0 } } },
    add("alice", [A]),
    left("alice"),
  ]),
];
