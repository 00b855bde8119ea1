/** Other agents that would serve the same channel, now or after the next start of the machine. */
import { systemdOthers } from "../install/systemd.ts";
import { type Check, type Finding, ok, warning } from "./check.ts";
import { mayServe, referenceAgents, unitOf } from "./processes.ts";

const TAKE_OVER = "'lodger install --take-over' stops it and keeps it from starting";

export const otherAgentsCheck: Check = {
  name: "other-agents",
  on: ["linux"],
  look: ({ machine, settings }) => {
    const rivals = referenceAgents(machine).filter((each) => mayServe(each, settings.path));
    const running = rivals.map(({ pid }): Finding => {
      const unit = unitOf(machine, pid);
      return warning(`qemu-ga runs as process ${pid}${unit === undefined ? "" : ` (${unit})`}`, TAKE_OVER);
    });
    const exists = (path: string) => machine.status(path) !== undefined;
    const units = systemdOthers({ exists, linkTarget: (path) => machine.link(path) });
    const services = units.map((name) =>
      warning(`${name} is installed and not masked: it takes the port when the machine starts`, TAKE_OVER),
    );
    const openrc = machine.link("/etc/runlevels/default/qemu-guest-agent");
    const level =
      openrc === undefined ? [] : [warning("the service qemu-guest-agent starts with the machine", "'rc-update del qemu-guest-agent'")];
    const all = [...running, ...services, ...level];
    return all.length > 0 ? all : [ok("no other agent runs, and none starts with the machine")];
  },
};
