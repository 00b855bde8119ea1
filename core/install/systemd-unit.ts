/** The unit's text. What it says of each setting was tried in a guest, with every command (test/guest/checks/install.ts). */
import type { Channel } from "./plan.ts";
import { deviceUnit } from "./systemd-device.ts";

export interface UnitInput {
  readonly command: readonly string[];
  readonly channel: Pick<Channel, "device" | "method">;
}

export function systemdUnit({ command, channel: { device, method } }: UnitInput): string {
  const bound = device === undefined ? undefined : deviceUnit(device);
  const order = bound === undefined ? (method === "tcp-listen" ? ["After=network.target"] : []) : [`BindsTo=${bound}`, `After=${bound}`];
  return `[Unit]
Description=lodger, the guest agent through which the host asks this machine to do things
${order.map((line) => `${line}\n`).join("")}IgnoreOnIsolate=yes
# Once a second for a minute; then something is wrong that starting again doesn't mend: journalctl -u lodger
StartLimitIntervalSec=120
StartLimitBurst=60

[Service]
ExecStart=${command.map(unitWord).join(" ")}
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=1

# What guest-exec has started goes on when the agent is started again: it may be the upgrade of lodger itself.
KillMode=process
# One of those that is killed for want of memory doesn't end the agent,
OOMPolicy=continue
# which has to be there when memory is short. What it starts inherits this, so it isn't -1000.
OOMScoreAdjust=-500
# Its memory may hold passwords. What it starts may raise this.
LimitCORE=0:infinity
KeyringMode=private

${OFF}
[Install]
WantedBy=${bound ?? "multi-user.target"}
`;
}

/** Why the usual settings are missing. */
const OFF = `# The host may run any program by guest-exec and write any file, and a program inherits what the agent is denied. So
# these stay off; each was tried, and this is what it breaks. Where the policy in lodger.toml is 'standard' or less,
# 'lodger install --confine' adds most of them.
`;

export const CONFINEMENT = ``;

/** One word of a command line in a unit. */
function unitWord(word: string): string {
  const plain = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
