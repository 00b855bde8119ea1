/** OpenRC, as Alpine and Gentoo have it. */
import { agentArguments, type ServiceInput, type ServicePlan } from "./plan.ts";
import { shellWords } from "./shell-words.ts";

const SCRIPT = "/etc/init.d/lodger";
const LEVEL = "/etc/runlevels/default";

/** @returns other agents that would open the port, as far as the files tell. */
export function openrcOthers(exists: (path: string) => boolean): readonly string[] {
  return ["qemu-guest-agent"].filter((name) => exists(`${LEVEL}/${name}`));
}

export function openrcPlan({ program, channel }: ServiceInput): ServicePlan {
  const device = channel.device === undefined ? "" : startPre(channel.device);
  const text = `#!/sbin/openrc-run
# lodger: the guest agent through which the host asks this machine to do things.

description="lodger, the guest agent"
supervisor=supervise-daemon
command=${shellWords([program])}
command_args=${shellWords([shellWords(agentArguments(channel))])}
pidfile=/run/lodger.pid
respawn_delay=1
respawn_max=60
respawn_period=120
extra_started_commands="reload"
description_reload="reads the configuration again"

depend() {
	after udev mdev modules
}
${device}
reload() {
	supervise-daemon "$RC_SVCNAME" --signal HUP --pidfile "$pidfile"
}
`;
  return {
    entries: [
      { kind: "file", path: SCRIPT, mode: 0o755, text },
      { kind: "link", path: `${LEVEL}/lodger`, target: SCRIPT },
    ],
    takeOver: (name) => ({ remove: [`${LEVEL}/${name}`] }),
    stopOther: (name) => [{ argv: ["rc-service", "--ifstarted", name, "stop"] }],
    start: ({ isThere, isNew }) =>
      isThere ? [{ argv: isNew ? ["rc-service", "lodger", "restart"] : ["rc-service", "--ifstopped", "lodger", "start"] }] : [],
    stop: [{ argv: ["rc-service", "--ifstarted", "lodger", "stop"], mayFail: true }],
    forget: [],
    startOther: (name) => [{ argv: ["rc-service", name, "start"] }],
  };
}

function startPre(device: string): string {
  return `
start_pre() {
	[ -e ${shellWords([device])} ] && return
	eerror "the host has given this machine no port ${device}"
	return 1
}
`;
}
