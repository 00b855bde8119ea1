import { expect, test } from "vitest";
import { notBetween } from "../between.ts";
import { until } from "../deadline.ts";
import { logins, user } from "../scene.ts";
import type { SharedGuest } from "../shared-guest.ts";

/** What the guest says of itself, beside what its own files and tools say. */
export function systemChecks(guest: SharedGuest): void {
  const ask = (command: string) => guest.machine.withAgent((agent) => agent.call(command));
  const out = (command: string) => guest.machine.shell.out(command);

  test("guest-get-host-name is hostname's, also after it has changed", async () => {
    const names: unknown[] = [];
    for (const name of ["renamed.example.org", "lodger-guest"]) {
      await out(`hostname ${name}`);
      expect(await out("uname -n")).toBe(name);
      expect(await ask("guest-get-host-name")).toEqual({ "host-name": name });
      names.push(name);
    }
    guest.saw(`guest-get-host-name: ${names.join(", then ")}, as uname -n at that moment`);
  });

  test("guest-get-osinfo is uname's and os-release's", async () => {
    const variables = ["ID", "NAME", "PRETTY_NAME", "VERSION", "VERSION_ID"];
    const release = await out(`. /etc/os-release; for name in ${variables.join(" ")}; do echo "\${!name}"; done`);
    const [id, name, prettyName, version, versionId] = release.split("\n");
    const [kernelRelease, kernelVersion, machine] = (await out("uname -r; uname -v; uname -m")).split("\n");
    const answer = await ask("guest-get-osinfo");
    expect(answer).toEqual({
      ...{ id, name, "pretty-name": prettyName, version, "version-id": versionId },
      ...{ "kernel-release": kernelRelease, "kernel-version": kernelVersion, machine },
    });
    guest.saw(`guest-get-osinfo: ${prettyName}, ${kernelRelease} ${machine}, as os-release and uname`);
  });

  test("guest-get-timezone is date's, also after it has changed", async () => {
    const seen: string[] = [];
    try {
      for (const zone of ["Asia/Kathmandu", "America/St_Johns", "Europe/Berlin", "Etc/UTC"]) {
        await out(`ln -sfn /usr/share/zoneinfo/${zone} /etc/localtime`);
        const [name, offsetText = ""] = (await out("date +%Z; date +%z")).split("\n");
        const [, sign, hours, minutes] = /^([+-])(\d\d)(\d\d)$/.exec(offsetText) ?? [];
        const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
        expect(await ask("guest-get-timezone"), zone).toEqual({ zone: name, offset });
        seen.push(`${zone} ${name} ${offset}`);
      }
    } finally {
      await out("ln -sfn /usr/share/zoneinfo/Etc/UTC /etc/localtime");
    }
    guest.saw(`guest-get-timezone: as date, at once after a change: ${seen.join(", ")}`);
  });

  test("guest-get-users lists each user once, by the earliest login", async () => {
    const users = (await ask("guest-get-users")) as { user: string }[];
    expect(users.toSorted((a, b) => (a.user < b.user ? -1 : 1))).toEqual([
      { user: "root", "login-time": logins.root },
      { user, "login-time": logins.tester },
    ]);
    guest.saw(`guest-get-users: of 4 records of utmpdump, with a second login and one that has ended: ${JSON.stringify(users)}`);
  });

  test("guest-get-load is /proc/loadavg's", async () => {
    const load = async () => (await out("cut -d' ' -f1-3 /proc/loadavg")).split(" ").map(Number);
    const [before, answer] = await until(60_000, "a load that stays while it is asked for", async () => {
      const first = await load();
      const asked = (await ask("guest-get-load")) as Record<"load1m" | "load5m" | "load15m", number>;
      return (await load()).join() === first.join() ? ([first, asked] as const) : undefined;
    });
    const rounded = [answer.load1m, answer.load5m, answer.load15m].map((value) => Math.round(value * 100) / 100);
    for (const [index, value] of rounded.entries()) expect(Math.abs(value - (before[index] ?? Number.NaN))).toBeLessThan(0.011);
    guest.saw(`guest-get-load: ${JSON.stringify(answer)}, /proc/loadavg ${before.join(" ")}`);
  });

  test("guest-get-cpustats has the figures of /proc/stat, in milliseconds", async () => {
    const truth = async () => {
      const [ticks, ...lines] = (await out("getconf CLK_TCK; grep '^cpu[0-9]' /proc/stat")).split("\n");
      const milliseconds = 1000 / Number(ticks);
      return lines.map((line) => {
        const [name = "", ...figures] = line.split(" ");
        const keys = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guestnice"];
        const times = keys.map((key, index) => [key, Number(figures[index]) * milliseconds]);
        return { type: "linux", cpu: Number(name.slice(3)), ...Object.fromEntries(times) };
      });
    };
    const before = await truth();
    const answer = await ask("guest-get-cpustats");
    expect(notBetween(before, answer, await truth())).toEqual([]);
    guest.saw(`guest-get-cpustats: between two readings of /proc/stat: ${JSON.stringify(answer)}`);
  });

  test("guest-network-get-route has the routes of ip route", async () => {
    const routes = (await ask("guest-network-get-route")) as Record<string, unknown>[];
    const v4 = routes.filter(({ version }) => version === 4);
    expect(v4).toContainEqual(
      expect.objectContaining({ iface: "eth0", destination: "0.0.0.0", mask: "0.0.0.0", gateway: "10.0.2.2", metric: 100, window: 1000 }),
    );
    expect(v4).toContainEqual(
      expect.objectContaining({ iface: "eth0", destination: "203.0.113.0", mask: "255.255.255.0", gateway: "10.0.2.3", metric: 0 }),
    );
    // the words of /proc/net/ipv6_route: destination, length, source, length, next hop, metric, references, use, flags, interface
    const figures = (await out("cut -d' ' -f6,9- /proc/net/ipv6_route")).split("\n").map((line) => {
      const [metric = "", flags = "", iface] = line.trim().split(/\s+/);
      return `${iface} ${Number.parseInt(metric, 16)} ${Number.parseInt(flags, 16)}`;
    });
    const seen = routes.flatMap(({ version, iface, metric, flags }) => (version === 6 ? [`${iface} ${metric} ${flags}`] : []));
    expect(seen.toSorted()).toEqual(figures.toSorted());
    const v6 = routes.find(({ destination }) => destination === "fd00:2::");
    expect(v6).toMatchObject({ iface: "eth0", version: 6, nexthop: "fd00:1::1", metric: 77 });
    expect(Number(v6?.desprefixlen)).toBe(64);
    const count = Number(await out("cat /proc/net/route /proc/net/ipv6_route | wc -l")) - 1;
    expect(routes.length).toBe(count);
    guest.saw(
      `guest-network-get-route: ${v4.length} of IPv4 and ${routes.length - v4.length} of IPv6, among them those that ip route has added`,
    );
  });
}
