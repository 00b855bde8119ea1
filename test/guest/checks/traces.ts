import { expect, test } from "vitest";
import type { Machine } from "../machine.ts";
import type { SharedGuest } from "../shared-guest.ts";

/** What other services of the guest's boot make while the agent starts beside them. */
const notOurs = /^\/run\/(user|nologin|utmp|initctl|lock|mount)\b/;

export function traceChecks(guest: SharedGuest): void {
  test("the agent leaves nothing on the disk", async () => {
    const { machine } = guest;
    await machine.withAgent((agent) => agent.call("guest-network-get-interfaces"));
    const running = await filesSinceBoot(machine);
    const pid = await machine.shell.out("systemctl show -p MainPID --value lodger");
    const mapped = (await machine.shell.out(`sed -n 's|^[^/]*/|/|p' /proc/${pid}/maps | sort -u`)).split("\n");
    const open = await machine.shell.out(`readlink /proc/${pid}/fd/* | sort -u | tr '\\n' ' '`);
    await machine.shell.out("systemctl stop lodger");
    const stopped = await filesSinceBoot(machine);
    await machine.shell.out("systemctl start lodger");
    guest.saw(`traces: files added since before its first start, running: [${running.join(" ")}], stopped: [${stopped.join(" ")}]`);
    guest.saw(`traces: open [${open.trim()}], mapped [${mapped.map((file) => file.replace(/^.*\//, "")).join(" ")}]`);
    // its state lies in /run, which is memory
    expect([...running, ...stopped].filter((file) => !file.startsWith("/run/"))).toEqual([]);
    // a file unpacked, loaded and deleted would still need a disk to be unpacked to; one in memory does not
    expect(mapped.filter((file) => file.endsWith("(deleted)") && !/^\/(memfd:|dev\/shm\/|run\/)/.test(file))).toEqual([]);
  });
}

async function filesSinceBoot(machine: Machine): Promise<string[]> {
  const added = await machine.shell.out("guest-files /run/guest-files.now; comm -13 /run/guest-files.boot /run/guest-files.now", 60);
  return added.split("\n").filter((file) => file !== "" && !notOurs.test(file));
}
