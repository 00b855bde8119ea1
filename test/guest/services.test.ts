/** `lodger install` with the service managers that the guest doesn't have. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "./deadline.ts";
import { executable, skipReason } from "./requirements.ts";
import { openServiceRoom, type ServiceRoom } from "./service-room.ts";
import { findingsOf } from "./shared-guest.ts";

const channel = "-m unix-listen -p /run/agent.sock";
const agent = `pgrep -xf '/usr/local/sbin/lodger ${channel}'`;

/** Folders are copied by what makes a file in them. */
const files = "find /run/changes ! -type c \\( ! -type d -o -name '*lodger*' \\) | sort";

interface Manager {
  readonly name: "OpenRC" | "runit";
  /** Makes it run, with another agent as its distribution's package has it. */
  readonly setUp: readonly string[];
  readonly reload: string;
  readonly restart: string;
}

/** What stands for qemu-ga. */
const other = "sleep 4321";

const managers: readonly Manager[] = [
  {
    name: "OpenRC",
    setUp: [
      // what the run level 'sysinit' makes
      "mkdir -p /etc/runlevels/default /run/openrc && cd /run/openrc && mkdir starting started stopping inactive wasinactive failed hotplugged daemons options exclusive scheduled init.d tmp",
      "echo default >/run/openrc/softlevel; touch /etc/insserv.conf",
      `printf '#!/sbin/openrc-run\\nsupervisor=supervise-daemon\\ncommand=/bin/sleep\\ncommand_args=4321\\npidfile=/run/other.pid\\n' >/etc/init.d/qemu-guest-agent`,
      "chmod 755 /etc/init.d/qemu-guest-agent; ln -s /etc/init.d/qemu-guest-agent /etc/runlevels/default; rc-service qemu-guest-agent start",
    ],
    reload: "rc-service lodger reload",
    restart: "rc-service lodger restart",
  },
  {
    name: "runit",
    setUp: [
      // what stage 1 and 2 make
      "mkdir -p /run/runit /etc/sv/qemu-ga; touch /run/runit.stopit; ln -sfn default /etc/runit/runsvdir/current",
      `printf '#!/bin/sh\\nexec ${other}\\n' >/etc/sv/qemu-ga/run`,
      "chmod 755 /etc/sv/qemu-ga/run; ln -s /etc/sv/qemu-ga /etc/runit/runsvdir/default; runsvdir -P /etc/service >/run/runsvdir.log 2>&1 &",
    ],
    reload: "sv hup /etc/service/lodger",
    restart: "sv restart /etc/service/lodger",
  },
];

describe.skipIf(skipReason() !== undefined).for(managers)("$name", ({ name, setUp, reload, restart }) => {
  const saw = findingsOf(name);
  let room: ServiceRoom;

  beforeAll(async () => {
    room = await openServiceRoom(executable);
    for (const line of setUp) await room.out(line);
  }, 60_000);
  afterAll(async () => await room?.close());

  const comes = (what: string, line: string) => until(30_000, what, () => room.out(line).catch(() => undefined));
  const answers = () => comes("an answer", "/usr/local/sbin/lodger call /run/agent.sock guest-ping");
  const another = (pid: string) => comes("another process", `now=$(${agent}) && [ "$now" != ${pid} ] && echo $now`);

  test("takes the port over, starts the agent again, and gives the port back", async () => {
    await comes("the other agent", `pgrep -xf '(/bin/)?${other}'`);
    await room.out(`mkdir /etc/lodger; printf '[agent]\\nlogfile = "/run/agent.log"\\n' >/etc/lodger/lodger.toml`);
    await room.out(`${files} >/run/before`);

    expect(await room.out(`/run/download install --take-over ${channel}`)).toContain("lodger is installed: /usr/local/sbin/lodger");
    await answers();
    await expect(room.out(`pgrep -xf '(/bin/)?${other}'`)).rejects.toThrow("status 1");

    const first = await room.out(agent);
    expect(await room.out(`/usr/local/sbin/lodger install ${channel}`)).toContain("nothing to change: all of it is there already");
    expect(await room.out(agent)).toBe(first);
    await room.out(`kill -9 ${first}`);
    const second = await another(first);
    await answers();
    await room.out(reload);
    await comes("the configuration to be read", "grep 'configuration was read again' /run/agent.log");
    expect(await room.out(agent)).toBe(second);

    await room.out(`/usr/local/sbin/lodger call /run/agent.sock guest-exec '{"path": "sleep", "arg": ["1234"]}'`);
    await room.out(restart);
    await another(second);
    await answers();
    expect(await room.out("pgrep -xf 'sleep 1234'")).not.toBe("");

    await room.out("/usr/local/sbin/lodger uninstall");
    await expect(room.out(agent)).rejects.toThrow("status 1");
    await comes("the other agent", `pgrep -xf '(/bin/)?${other}'`);
    expect(await room.out(`${files} | diff /run/before -`)).toBe("");
    saw(
      "install --take-over, started again after kill -9, reload, restart with a program of guest-exec going on, uninstall without a trace",
    );
  });
});
