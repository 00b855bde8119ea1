/** Keeps the test from harming the machine that it runs on: some commands are never sent to any agent unless a case says why it is safe. */
import { readFileSync } from "node:fs";
import { isHarmlessProgram } from "./harmless-programs.ts";
import type { World } from "./world.ts";

const HARMFUL = [
  "guest-shutdown",
  "guest-suspend-",
  "guest-set-time",
  "guest-set-vcpus",
  "guest-set-memory-blocks",
  "guest-set-user-password",
  "guest-ssh-add-authorized-keys",
  "guest-ssh-remove-authorized-keys",
  "guest-fstrim",
  "guest-fsfreeze-freeze",
  'guest-exec"',
  "guest-exec'",
];

/** Arguments with which they are refused by every agent, or do nothing. What a case calls safe must be one of these as well. */
const HARMLESS = [
  /"guest-shutdown","arguments":(?:\{"mode":(?!"(?:powerdown|halt|reboot)")[^}]*\}|null|\[\]|1)/,
  /"guest-(?:shutdown|suspend-(?:disk|ram|hybrid)|fsfreeze-freeze(?:-list)?|fstrim|set-time)","arguments":\{"unexpected":/,
  /"guest-(?:suspend-(?:disk|ram|hybrid)|fsfreeze-freeze(?:-list)?|set-time|fstrim)","arguments":(?:null|\[\]|1|"x")/,
  /"guest-set-time","arguments":\{"time":(?:"|null|true|\[|\{|1\.5|18446744073709551616)/,
  /"guest-fstrim","arguments":\{"minimum":(?:"|null|true|\[|\{|1\.5|18446744073709551616|9223372036854775808)/,
  /"guest-fsfreeze-freeze-list","arguments":\{"mountpoints":(?:\[\]|\[1\]|\[null\]|null|1|"x"|\{\}|\["\/lodger-differential-none"\])/,
  /"guest-fsfreeze-freeze(?:-list)?","arguments":\{"mountpoints":\["\/nowhere/,
];

/** What is harmless for an agent that sees a prepared system, has copies of all that a command writes, and may not set the clock. */
const IN_A_WORLD: readonly { readonly request: RegExp; readonly made: (world: World) => boolean }[] = [
  { request: /"guest-set-vcpus"/, made: ({ trees }) => trees?.["/sys/devices/system/cpu"] !== undefined },
  { request: /"guest-set-memory-blocks"/, made: ({ trees }) => trees?.["/sys/devices/system/memory"] !== undefined },
  { request: /"guest-set-user-password"/, made: ({ etc }) => etc !== undefined },
  { request: /"guest-ssh-(?:add|remove)-authorized-keys"/, made: ({ etc }) => etc !== undefined },
  // More than a second before 1970, and after 2069, which every agent refuses; and none of these agents has the right to set the clock.
  { request: /"guest-set-time","arguments":\{"time":(?:-\d{10,}|[4-9]\d{18})\}/, made: () => true },
];

/** Their homes are anywhere on the machine; only root's is a copy. */
const USERS_OF_THE_MACHINE = new Set(
  readFileSync("/etc/passwd", "latin1")
    .split("\n")
    .map((line) => line.split(":")[0] ?? "")
    .filter((name) => name !== "" && name !== "root"),
);
const USERNAME = /["']username["']\s*:\s*["']((?:[^"'\\]|\\.)*)["']/g;

export class Refused extends Error {
  override readonly name = "Refused";
}

/**
 * @param bytes all that a connection gets in one go, one character a byte.
 * @param safe why it may be sent though it names such a command.
 * @param world what the agent sees of the system; undefined if it sees the machine's.
 * @throws Refused
 */
export function guard(bytes: string, safe?: string, world?: World): void {
  const plain = bytes.replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  for (const text of new Set([bytes, plain])) {
    for (const name of HARMFUL) {
      for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
        const request = text.slice(Math.max(0, at - 1));
        if (safe === undefined) throw new Refused(`'${name}' is not sent to an agent on this machine: ${text.slice(0, 200)}`);
        if (!harmless(request, world)) throw new Refused(`not among the harmless arguments: ${request.slice(0, 200)}`);
      }
    }
  }
}

function harmless(request: string, world: World | undefined): boolean {
  const begins = (each: RegExp) => request.search(each) === 0;
  if (HARMLESS.some(begins)) return true;
  if (world === undefined) return false;
  if (request.startsWith('"guest-exec"')) return isHarmlessProgram(request);
  if ([...request.matchAll(USERNAME)].some(([, name = ""]) => USERS_OF_THE_MACHINE.has(name))) return false;
  return IN_A_WORLD.some(({ request: each, made }) => begins(each) && made(world));
}
