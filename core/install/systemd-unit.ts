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
# which has to be there when memory is short. Programs that it starts for the host have 0.
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
# these stay off. Each was tried with every command; this is what it breaks. Where the policy in lodger.toml allows no
# more than the profile 'standard', 'lodger install --confine' adds what that leaves room for.
#   MemoryDenyWriteExecute    the agent: its JavaScript is compiled while it runs
#   PrivateDevices, DevicePolicy=closed    the agent: it can't open its port
#   ProtectControlGroups      the freeze guard: it can't leave this service's group, and is killed with the agent
#   ProtectSystem, ReadOnlyPaths    guest-file-*, passwords; what guest-exec installs
#   ProtectHome               guest-file-*, SSH keys; a /home that is hidden can't be frozen
#   PrivateTmp                guest-file-*: nobody else sees the host's files in /tmp
#   ProtectClock              guest-set-time
#   ProtectKernelTunables     guest-set-vcpus, guest-set-memory-blocks, sysctl
#   ProtectHostname           guest-get-host-name tells an old one; hostname
#   PrivateNetwork            guest-network-get-interfaces
#   PrivateMounts, PrivateIPC, ProtectProc, ProtectKernelLogs, ProtectKernelModules and all Private... and Protect...
#                             above: what guest-exec mounts is mounted for the agent alone
#   NoNewPrivileges           sudo, su and other set-user-ID programs that guest-exec starts as a user
#   RestrictSUIDSGID          chmod u+s: package managers
#   RestrictNamespaces        unshare, containers
#   RestrictRealtime          chrt
#   LockPersonality           setarch, debuggers
#   SystemCallArchitectures   programs for 32 bits
#   SystemCallFilter=@system-service    guest-set-time; mount, hostname, chroot
#   SystemCallFilter=~@obsolete    nothing; but before Linux 5.16 any filter makes all that is started slower
#   RestrictAddressFamilies, IPAddressDeny    any program that uses the network
#   CapabilityBoundingSet     a program that the host starts as root is less than root: modprobe, for one
#   UMask=0077                files that guest-exec makes for others
`;

/** What the profile `standard` does without: reading, freezing, trimming, clock, processors, memory, power. */
export const CONFINEMENT = `# For a lodger.toml that allows no more than the profile 'standard'. What freeze hooks, scripts and plugins start is
# confined too. There is no setting that gives the service mounts of its own: it has to see the file systems as they
# are, to freeze and to trim them.
[Service]
NoNewPrivileges=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=~@cpu-emulation @debug @module @mount @obsolete @raw-io @swap
SystemCallErrorNumber=EPERM
RestrictAddressFamilies=AF_UNIX AF_NETLINK AF_INET AF_INET6 AF_VSOCK
CapabilityBoundingSet=CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_IPC_LOCK CAP_KILL CAP_SETGID
CapabilityBoundingSet=CAP_SETUID CAP_SYS_ADMIN CAP_SYS_BOOT CAP_SYS_RESOURCE CAP_SYS_TIME
`;

/** One word of a command line in a unit. */
function unitWord(word: string): string {
  const plain = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
