import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AgentClient } from "../agent-client.ts";
import { unitState } from "../agent-unit.ts";
import { until } from "../deadline.ts";
import type { Machine } from "../machine.ts";
import { findingsOf } from "../shared-guest.ts";
import { mainPid } from "./freeze-agent.ts";
import { debPackage, download, type InstalledMachine, installedMachine, plugPort, unplugPort } from "./install-machine.ts";
import { recipeChecks } from "./install-recipe.ts";

const user = "visitor";
const mask = "/etc/systemd/system/qemu-guest-agent.service";
/** Files that programs of the guest write as they please. */
const listing = `find / -xdev \\( -path /root/download -o -path /var/log -o -path /var/cache -o -path '/var/lib/dpkg/*' -o -path /var/lib/systemd/timers -o -path /run \\) -prune -o -print | sort`;

interface Executed {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
}

const traces = "find / -xdev -name '*lodger*' -not -path '/root/download/*'";

/** `lodger install` and `uninstall`, and the package, in a machine of their own. */
export function installChecks(): void {
  const saw = findingsOf("install");
  let installed: InstalledMachine | undefined;
  const machine = (): Machine => {
    if (installed === undefined) throw new Error("the machine has not booted");
    return installed.machine;
  };
  const lodger = async (args: string) => await machine().shell.out(`/usr/local/sbin/lodger ${args}`, 110);
  const version = async () =>
    await machine().withAgent(async (agent) => ((await agent.call("guest-info")) as { version: string }).version, 60_000);

  beforeAll(async () => {
    installed = await installedMachine();
  }, 300_000);
  afterAll(async () => await installed?.dispose());

  test("installed into a mounted image, it starts with the port and ends with it", async () => {
    expect(installed?.said).toContain("written /etc/systemd/system/lodger.service");
    expect(await version()).toContain("lodger");
    expect(await machine().shell.out(`systemctl show -p FragmentPath --value lodger; readlink /proc/$(${mainPid})/exe`)).toBe(
      "/etc/systemd/system/lodger.service\n/usr/local/sbin/lodger",
    );
    const before = await machine().shell.out(mainPid);
    await unplugPort(machine());
    await until(30_000, "the service to end", async () => ((await unitState(machine())).ActiveState === "inactive" ? true : undefined));
    await plugPort(machine());
    expect(await version()).toContain("lodger");
    expect(await machine().shell.out(mainPid)).not.toBe(before);
    saw(
      "lodger install --root into a mounted image: udev starts the agent at boot and when the port is plugged; unplugged, the service ends",
    );
  });

  test("killed, it starts again, and what guest-exec has started goes on", async () => {
    const before = await machine().shell.out(mainPid);
    const pid = await machine().withAgent(
      async (agent) => ((await agent.call("guest-exec", { path: "/bin/sleep", arg: ["600"] })) as { pid: number }).pid,
    );
    await machine().shell.out(`kill -9 ${before}`);
    await until(30_000, "another process", async () => (["0", before].includes(await machine().shell.out(mainPid)) ? undefined : true));
    expect(await version()).toContain("lodger");
    await machine().shell.out("systemctl restart lodger", 60);
    expect(await version()).toContain("lodger");
    await machine().shell.out(`kill ${pid}`);
    saw("the unit: started again after kill -9; a program of guest-exec survives that, and a restart");
  });

  test("no setting of the unit keeps a command from its work", async () => {
    const { shell } = machine();
    await shell.out(`useradd -m -p '*' ${user}; cp /usr/bin/id /usr/local/bin/whose; chmod u+s /usr/local/bin/whose`);
    await machine().withAgent(async (agent) => {
      for (const file of ["/root/by-agent", "/tmp/by-agent", `/home/${user}/by-agent`, "/etc/by-agent", "/usr/by-agent"]) {
        const handle = await agent.call("guest-file-open", { path: file, mode: "w" });
        await agent.call("guest-file-write", { handle, "buf-b64": Buffer.from("seen").toString("base64") });
        await agent.call("guest-file-close", { handle });
        expect(await shell.out(`cat ${file}; rm ${file}`)).toBe("seen");
      }
      expect(await execute(agent, programs)).toEqual({ code: 0, text: "" });
      expect(await shell.out(`cat /proc/$(${mainPid})/oom_score_adj`)).toBe("-500");
      // what it mounts is mounted for all
      await shell.out("mountpoint -q /mnt/by-agent && umount /mnt/by-agent");
      expect(await agent.call("guest-ssh-add-authorized-keys", { username: user, keys: ["ssh-ed25519 AAAA"] }, 60_000)).toEqual({});
      expect(await shell.out(`cat /home/${user}/.ssh/authorized_keys`)).toBe("ssh-ed25519 AAAA");
      await agent.call(
        "guest-set-user-password",
        { username: user, password: Buffer.from("word").toString("base64"), crypted: false },
        60_000,
      );
      expect(await shell.out(`getent shadow ${user} | cut -d: -f2`)).toMatch(/^\$/);
      const { paths } = (await agent.call("guest-fstrim", {}, 100_000)) as { paths: { error?: string }[] };
      expect(paths.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
      const seconds = Number(await shell.out("date +%s"));
      await agent.call("guest-set-time", { time: seconds * 1_000_000_000 }, 60_000);
      await agent.call("guest-set-vcpus", { vcpus: [{ "logical-id": 1, online: false }] }, 60_000);
      expect(await shell.out("cat /sys/devices/system/cpu/online")).toBe("0");
      await agent.call("guest-set-vcpus", { vcpus: [{ "logical-id": 1, online: true }] }, 60_000);
    });
    saw(
      "the unit: file writes to /root, /tmp, /home, /etc and /usr, guest-exec with mounts, modules, namespaces and setuid programs, keys, password, trim, time, processors",
    );
  });

  test("frozen, all processes of the service killed: the guard thaws", async () => {
    const { shell } = machine();
    await machine().withAgent(async (agent) => expect(await agent.call("guest-fsfreeze-freeze", {}, 60_000)).toBe(3));
    await shell.out("systemctl kill -s KILL lodger");
    await until(30_000, "a write to go through", async () =>
      (await shell.run("timeout 1 sh -c ': >/mnt/ext4/thawed'")).status === 0 ? true : undefined,
    );
    expect(await version()).toContain("lodger");
    await machine().withAgent(async (agent) => expect(await agent.call("guest-fsfreeze-status")).toBe("thawed"));
    saw("the unit: the freeze guard lives through a kill of the service's control group, and thaws");
  });

  test("lodger uninstall gives the port back to qemu-ga, and keeps what was changed until --purge", async () => {
    const { shell } = machine();
    await shell.out("echo '# mine' >>/etc/lodger/lodger.toml");
    expect(await lodger("uninstall")).toContain("kept    /etc/lodger/lodger.toml, which has changed since it was installed");
    expect(await version()).not.toContain("lodger");
    await shell.out(`${download} uninstall --purge`, 60);
    expect(await shell.out(traces)).toBe("");
    saw(
      "lodger uninstall: qemu-ga answers on the port again, no file is left but a lodger.toml that was changed, and with --purge not that",
    );
  }, 240_000);

  test("qemu-ga's port is taken by --take-over only, and installing again changes nothing", async () => {
    const { shell } = machine();
    const refused = await shell.run(`${download} install`, 60);
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringContaining("qemu-guest-agent.service serves this port: 'lodger install --take-over'"),
    ]);
    await shell.out(`${download} install --take-over`, 110);
    expect(await version()).toContain("lodger");
    expect(await shell.out(`readlink ${mask}; systemctl is-active qemu-guest-agent || true`)).toBe("/dev/null\ninactive");
    const before = await shell.out(mainPid);
    expect(await lodger("install")).toBe("nothing to change: all of it is there already");
    expect(await shell.out(mainPid)).toBe(before);
    saw("lodger install --take-over stops and masks qemu-ga; again, it changes nothing and the agent runs on");
  }, 240_000);

  test("the Debian package takes qemu-guest-agent's place, and goes without a trace", async () => {
    const { shell } = machine();
    const early = await shell.run(`dpkg -i ${debPackage}`, 110);
    expect([early.status, early.stderr]).toEqual([1, expect.stringContaining("give 'lodger uninstall' first, then install this package")]);
    await lodger("uninstall --purge");
    expect(await shell.out(traces)).toBe("");
    const before = await shell.out(`${listing} >/run/before; wc -l </run/before`, 60);
    expect(Number(before)).toBeGreaterThan(1000);
    await shell.out(`dpkg -i ${debPackage}`, 110);
    expect(await version()).toContain("lodger");
    expect(await shell.out(`readlink /proc/$(${mainPid})/exe; dpkg-query -W -f '\${db:Status-Abbrev}' qemu-guest-agent`)).toMatch(
      /^\/usr\/sbin\/lodger\n[ir]c/,
    );
    expect(await shell.out("stat -c '%a %U:%G %n' /usr/sbin/lodger /etc/lodger /etc/lodger/lodger.toml")).toBe(
      "755 root:root /usr/sbin/lodger\n755 root:root /etc/lodger\n644 root:root /etc/lodger/lodger.toml",
    );
    // by the host, as it would bring a new one: the agent that started it is replaced meanwhile
    const process = await shell.out(mainPid);
    await machine().withAgent((agent) =>
      agent.call("guest-exec", { path: "/bin/sh", arg: ["-c", `dpkg -i ${debPackage}; echo $? >/run/upgraded`] }),
    );
    await until(
      100_000,
      "the upgrade to end",
      async () => ((await shell.run("[ -s /run/upgraded ]")).status === 0 ? true : undefined),
      500,
    );
    expect(await shell.out("cat /run/upgraded")).toBe("0");
    expect(await shell.out(mainPid)).not.toBe(process);
    expect(await version()).toContain("lodger");

    await shell.out("dpkg --purge lodger", 110);
    // what went with the other package is its own business
    const gone = `${listing} >/run/after; comm -3 /run/before /run/after | grep -vE 'qemu-(guest-agent|ga)|/etc/qemu(/|$)' || true`;
    expect(await shell.out(gone, 60)).toBe("");
    saw(
      "lodger.deb: dpkg -i replaces qemu-guest-agent and starts the agent, an upgrade by guest-exec goes through, dpkg --purge leaves no file",
    );
  }, 480_000);

  test("confined, the commands of the profile standard work, to the machine's end", async () => {
    const { shell } = machine();
    await shell.out(`${download} install --confine; printf '[policy]\nprofile = "standard"\n' >/etc/lodger/lodger.toml`, 110);
    await shell.out("systemctl restart lodger", 60);
    expect(await shell.out(`grep -E '^(NoNewPrivs|Seccomp):' /proc/$(${mainPid})/status | tr -d '\\n'`)).toBe("NoNewPrivs:\t1Seccomp:\t2");
    const agent = await machine().agent();
    await agent.sync(60_000);
    expect(await agent.call("guest-fsfreeze-freeze", {}, 60_000)).toBe(3);
    expect(await shell.out("cat /proc/$(pgrep -xf '.*freeze-guard')/cgroup")).toBe("0::/");
    expect(await agent.call("guest-fsfreeze-thaw", {}, 60_000)).toBe(3);
    const { paths } = (await agent.call("guest-fstrim", {}, 100_000)) as { paths: { error?: string }[] };
    expect(paths.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    await agent.call("guest-set-time", {}, 60_000);
    await agent.call("guest-set-time", { time: Number(await shell.out("date +%s")) * 1_000_000_000 }, 60_000);
    await agent.call("guest-set-vcpus", { vcpus: [{ "logical-id": 1, online: false }] }, 60_000);
    for (const name of reading) expect(await agent.call(name, {}, 60_000), name).toBeTruthy();
    expect((await agent.failure("guest-exec", { path: "/bin/true" })).class).toBe("CommandNotFound");
    machine().qmp.forgetEvents();
    agent.sendRequest("guest-shutdown");
    expect((await machine().qmp.event("SHUTDOWN", 90_000)).data).toMatchObject({ guest: true });
    agent.close();
    saw("lodger install --confine: freeze, trim, time, processors, all that reads, and shutdown work");
  }, 240_000);

  describe("recipe", recipeChecks);
}

const reading = [
  "guest-get-fsinfo",
  "guest-get-disks",
  "guest-get-diskstats",
  "guest-get-cpustats",
  "guest-get-memory-blocks",
  "guest-get-users",
  "guest-get-osinfo",
  "guest-get-timezone",
  "guest-get-host-name",
  "guest-network-get-interfaces",
  "guest-network-get-route",
];

/** What a unit's settings could deny to a program; it says what fails. */
const programs = `
try() { name=$1; shift; "$@" >/dev/null 2>&1 || echo "$name"; }
try mount sh -c 'mkdir -p /mnt/by-agent && mount -t tmpfs tmpfs /mnt/by-agent'
try setuid sh -c '[ "$(setpriv --reuid nobody --clear-groups whose -u)" = 0 ]'
try module sh -c 'modprobe btrfs && modprobe -r btrfs'
try link sh -c 'ip link add by-agent type dummy && ip link del by-agent'
try sysctl sysctl -w kernel.printk_ratelimit=5
try dmesg dmesg
try disk dd if=/dev/vda of=/dev/null count=1
try namespace unshare -m -U true
try realtime chrt -f 1 true
try mode sh -c 'cp /bin/true /root/t && chmod u+s /root/t && rm /root/t'
try personality setarch -R true
try clock hwclock -r
try socket socat -u /dev/null UDP4-SENDTO:127.0.0.1:9
try raw socat -u /dev/null IP4-SENDTO:127.0.0.1:99
try hostname sh -c 'hostname by-agent && [ "$(nsenter -t 1 -u hostname)" = by-agent ] && hostname lodger-guest'
try group sh -c 'mkdir /sys/fs/cgroup/t && rmdir /sys/fs/cgroup/t'
try limits sh -c '[ "$(ulimit -Sn)" = 1024 ] && [ "$(cat /proc/self/oom_score_adj)" = 0 ]'
try mask sh -c '[ "$(umask)" = 0022 ]'
`;

async function execute(agent: AgentClient, script: string): Promise<{ code: number | undefined; text: string }> {
  const { pid } = (await agent.call("guest-exec", { path: "/bin/sh", arg: ["-c", script], "capture-output": true })) as { pid: number };
  const status = await until(60_000, "the programs to end", async () => {
    const now = (await agent.call("guest-exec-status", { pid })) as Executed;
    return now.exited ? now : undefined;
  });
  const text = [status["out-data"], status["err-data"]].map((data) => Buffer.from(data ?? "", "base64").toString()).join("");
  return { code: status.exitcode, text: text.trim() };
}
