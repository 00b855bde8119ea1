/** systemd: a unit, and for a port the udev rule by which the unit starts when the port appears. */
import { basename } from "node:path";
import { StartError } from "../config/start-error.ts";
import { agentArguments, type Channel, type Command, type Entry, type ServiceInput, type ServicePlan } from "./plan.ts";
import { deviceUnit } from "./systemd-device.ts";
import { CONFINEMENT, systemdUnit } from "./systemd-unit.ts";

const UNITS = "/etc/systemd/system";
export const UNIT = "lodger.service";
/** Behind those of other agents' packages (60-qemu-guest-agent.rules, 80-qemu-ga.rules), which set what a port wants with `=`. */
export const RULES = "90-lodger.rules";
const VENDOR_UNITS = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
const MASK = "/dev/null";
const SETTLE_SECONDS = 10;

/** Debian, Ubuntu, Fedora, Red Hat and Arch have the first, SUSE the second. */
const OTHERS = ["qemu-guest-agent.service", "qemu-ga@.service"];

export function systemdPlan({ program, channel, packaged, confine, exists }: ServiceInput): ServicePlan {
  const isPort = channel.method === "virtio-serial";
  const own = packaged && channel.isDefault;
  const wants = channel.device === undefined ? "multi-user.target" : deviceUnit(channel.device);
  const files: Entry[] = own
    ? []
    : [
        {
          kind: "file",
          path: `${UNITS}/${UNIT}`,
          mode: 0o644,
          text: systemdUnit({ command: [program, ...agentArguments(channel)], channel }),
        },
        ...(isPort ? [{ kind: "file", path: `/etc/udev/rules.d/${RULES}`, mode: 0o644, text: udevRule(channel) } as const] : []),
      ];
  const target = own ? `${exists(`/usr/lib/systemd/system/${UNIT}`) ? "/usr/lib" : "/lib"}/systemd/system/${UNIT}` : `../${UNIT}`;
  const reload: Command[] = [{ argv: ["systemctl", "daemon-reload"] }];
  const udev: Command[] = [{ argv: ["udevadm", "control", "--reload"], mayFail: true }];
  return {
    entries: [...files, ...(confine ? [confinement] : []), { kind: "link", path: `${UNITS}/${wants}.wants/${UNIT}`, target }],
    takeOver: (name) => ({ add: [{ kind: "link", path: `${UNITS}/${name}`, target: MASK }] }),
    stopOther: (name) => [{ argv: ["systemctl", "stop", instances(name)] }],
    start: ({ isThere, isNew }) => [
      ...reload,
      ...(isPort ? [...udev, ...tagPorts] : []),
      // one whose device is missing would keep systemctl waiting for it
      ...(isThere ? [{ argv: ["systemctl", isNew ? "restart" : "start", UNIT] } as const] : []),
    ],
    stop: [{ argv: ["systemctl", "stop", UNIT], mayFail: true }],
    forget: [...reload, { argv: ["systemctl", "reset-failed", UNIT], mayFail: true }, ...(isPort ? udev : [])],
    startOther: (name) => [{ argv: ["systemctl", "start", instances(name)] }],
  };
}

const confinement: Entry = { kind: "file", path: `${UNITS}/${UNIT}.d/confine.conf`, mode: 0o644, text: CONFINEMENT };

const tagPorts: readonly Command[] = [
  { argv: ["udevadm", "trigger", "--action=add", "--subsystem-match=virtio-ports"], mayFail: true },
  { argv: ["udevadm", "settle", `--timeout=${SETTLE_SECONDS}`], mayFail: true },
];

/** Other agents that would open the port, as far as the files tell. */
export function systemdOthers({ exists, linkTarget }: SystemdFiles): readonly string[] {
  return OTHERS.filter((name) => linkTarget(`${UNITS}/${name}`) !== MASK && VENDOR_UNITS.some((folder) => exists(`${folder}/${name}`)));
}

export interface SystemdFiles {
  readonly exists: (path: string) => boolean;
  /** @returns undefined where there is no link. */
  readonly linkTarget: (path: string) => string | undefined;
}

/** @returns what asks whether another agent runs, by its exit status. */
export function systemdRuns(name: string): Command {
  return { argv: ["systemctl", "is-active", "--quiet", instances(name)], mayFail: true };
}

/** SUSE's unit has an instance for the port. */
function instances(name: string): string {
  return name.replace("@.", "@virtio\\x2dports-org.qemu.guest_agent.0.");
}

/** Makes the port a device unit, whose links in /etc/systemd/system say what it wants. @throws StartError */
export function udevRule({ device = "" }: Pick<Channel, "device">): string {
  const name = basename(device);
  if (!/^[\w.:+-]+$/.test(name))
    throw new StartError(`--path ${device}: a udev rule can't name this port: rename it in the machine's definition`);
  const match = device.startsWith("/dev/virtio-ports/") ? `ATTR{name}=="${name}"` : `KERNEL=="${name}"`;
  return `# lodger.service starts when this port appears, and ends with it.
SUBSYSTEM=="virtio-ports", ${match}, TAG+="systemd"
`;
}
