/** guest-set-user-password, on a copy of /etc. */
import { ACCOUNTS_WORLD } from "./cases-keys.ts";
import type { Scenario, Step } from "./scenario.ts";
import { call } from "./steps.ts";

const SAFE = "/etc is a copy";
const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");

/** @param password as base64 already. */
const set = (user: string, password: string, crypted: boolean): Step =>
  call("guest-set-user-password", `{"username":"${user}","password":"${password}","crypted":${crypted}}`, SAFE);
const shadow = (user: string, password?: string): Step => ({ shadow: user, ...(password !== undefined && { password }) });

const RAW = ["secret", "with spaces", " ", "a:b", "$6$x", "\\", "%s%n", "caf\xc3\xa9", "tab\there", "\x01", "x".repeat(500)];
const HASHES = ["$6$saltsalt$hash", "!", "*", "", "a:b", "$1$x$y\\"];

export const PASSWORD_SCENARIOS: readonly Scenario[] = [
  {
    id: "passwords: in clear",
    world: ACCOUNTS_WORLD,
    steps: RAW.flatMap((password) => [set("alice", base64(password), false), shadow("alice", password)]),
  },
  { id: "passwords: crypted", world: ACCOUNTS_WORLD, steps: HASHES.flatMap((hash) => [set("bob", base64(hash), true), shadow("bob")]) },
  {
    id: "passwords: forbidden",
    world: ACCOUNTS_WORLD,
    steps: [
      ...["a\nb", "\n", "secret\n", "secret\r"].flatMap((password) =>
        [false, true].flatMap((crypted) => [set("alice", base64(password), crypted), shadow("alice", password)]),
      ),
      ...["", "no-such", "alice:x", "alice\\n", "a\\nb", "alice ", "#", "\xc3\xa9", "-h", "alice\\r", "x".repeat(300)].flatMap((user) => [
        set(user, base64("secret"), false),
        set(user, base64("$6$x$y"), true),
      ]),
      ...["", "!!", "c2VjcmV", "c2Vj\\ncmV0", "c2VjcmV0CmEx", "=="].flatMap((password) => [set("carol", password, true), shadow("carol")]),
      set("alice", "", false),
      shadow("alice", "secret"),
    ],
  },
  {
    id: "passwords: with U+0000",
    world: ACCOUNTS_WORLD,
    steps: [
      set("alice", base64("a\0b"), false),
      set("alice", base64("\0"), true),
      set("alice\\u0000", base64("secret"), false),
      set("alice", "c2VjcmV0\\u0000", false),
    ],
  },
  {
    id: "passwords: of root",
    world: ACCOUNTS_WORLD,
    steps: [set("root", base64("secret"), false), shadow("root", "secret"), set("root", base64("$6$a$b"), true), shadow("root")],
  },
];
