/** runit, as Void and Debian have it. */
import { agentArguments, type ServiceInput, type ServicePlan } from "./plan.ts";
import { shellWords } from "./shell-words.ts";

const FOLDER = "/etc/sv/lodger";
/** What the present run level has: Void's, and Debian's. */
const LEVELS = ["/etc/runit/runsvdir/default", "/etc/service"];

function level(exists: (path: string) => boolean): string {
  return LEVELS.find(exists) ?? LEVELS[1] ?? "";
}

export function runitOthers(exists: (path: string) => boolean): readonly string[] {
  return ["qemu-ga", "qemu-guest-agent"].filter((name) => exists(`${level(exists)}/${name}`));
}

export function runitPlan({ program, channel, exists }: ServiceInput): ServicePlan {
  const wait =
    channel.device === undefined
      ? ""
      : `# runit has no events: it looks for the port once a second.\n[ -e ${shellWords([channel.device])} ] || exec sleep 1\n`;
  const run = `#!/bin/sh
# lodger: the guest agent through which the host asks this machine to do things.
exec 2>&1
${wait}exec ${shellWords([program, ...agentArguments(channel)])}
`;
  const folder = level(exists);
  // runsv finds a new link within five seconds by itself
  const link = `${folder}/lodger`;
  return {
    entries: [
      { kind: "file", path: `${FOLDER}/run`, mode: 0o755, text: run },
      // what it keeps there is of this boot only
      { kind: "link", path: `${FOLDER}/supervise`, target: "/run/runit/supervise.lodger" },
      { kind: "link", path: link, target: FOLDER },
    ],
    takeOver: (name) => ({ remove: [`${folder}/${name}`] }),
    // waits for its end, and leaves runsv to runsvdir, which ends it when the link is gone
    stopOther: (name) => [{ argv: ["sv", "stop", `${folder}/${name}`] }],
    start: ({ isNew }) => [{ argv: ["sv", isNew ? "restart" : "start", link], mayFail: true }],
    stop: [{ argv: ["sv", "stop", link], mayFail: true }],
    forget: [],
    startOther: () => [],
  };
}
