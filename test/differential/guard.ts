/** Keeps the test from harming the machine that it runs on: some commands are never sent to any agent unless a case says why it is safe. */

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
  /"guest-(?:shutdown|suspend-(?:disk|ram|hybrid)|fsfreeze-freeze(?:-list)?|fstrim)","arguments":\{"unexpected":/,
  /"guest-(?:suspend-(?:disk|ram|hybrid)|fsfreeze-freeze)","arguments":(?:null|\[\]|1|"x")/,
  /"guest-set-time","arguments":\{"time":(?:"|null|true|\[|\{|1\.5|18446744073709551616)/,
  /"guest-fstrim","arguments":\{"minimum":(?:"|null|true|\[|\{|1\.5)/,
  /"guest-fsfreeze-freeze-list","arguments":\{"mountpoints":(?:\[\]|\[1\]|\[null\]|null|1|"x"|\{\}|\["\/lodger-differential-none"\])/,
  /"guest-fsfreeze-freeze(?:-list)?","arguments":\{"mountpoints":\["\/nowhere/,
];

export class Refused extends Error {
  override readonly name = "Refused";
}

/**
 * @param bytes all that a connection gets in one go, one character a byte.
 * @param safe why it may be sent though it names such a command.
 * @throws Refused
 */
export function guard(bytes: string, safe?: string): void {
  const plain = bytes.replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  for (const text of new Set([bytes, plain])) {
    for (const name of HARMFUL) {
      for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
        const request = text.slice(Math.max(0, at - 1));
        if (safe === undefined) throw new Refused(`'${name}' is not sent to an agent on this machine: ${text.slice(0, 200)}`);
        if (!HARMLESS.some((each) => request.search(each) === 0))
          throw new Refused(`not among the harmless arguments: ${request.slice(0, 200)}`);
      }
    }
  }
}
