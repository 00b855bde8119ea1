/** What each service manager is given, as plain values. */
import { describe, expect, test } from "vitest";
import { parseInstall } from "../../../core/install/call.ts";
import type { Entry, ServiceInput, ServiceName } from "../../../core/install/plan.ts";
import { detectService, services } from "../../../core/install/services.ts";
import { udevRule } from "../../../core/install/systemd.ts";
import { deviceUnit } from "../../../core/install/systemd-device.ts";
import { systemdUnit } from "../../../core/install/systemd-unit.ts";

const methods = new Map([
  ["virtio-serial", "/dev/virtio-ports/org.qemu.guest_agent.0"],
  ["isa-serial", "/dev/ttyS0"],
  ["unix-listen", "/run/qga.sock"],
  ["tcp-listen", undefined],
  ["vsock-listen", "3:1234"],
]);

function planOf(service: ServiceName, args: readonly string[] = [], more: Partial<ServiceInput> = {}) {
  const { channel, confine } = parseInstall(args, methods);
  return services[service].plan({ program: "/usr/local/sbin/lodger", channel, confine, packaged: false, exists: () => false, ...more });
}

const pathsOf = (entries: readonly Entry[]) =>
  entries.map((entry) =>
    entry.kind === "link" ? `${entry.path} -> ${entry.target}` : `${entry.path} ${entry.kind === "file" ? entry.mode.toString(8) : ""}`,
  );

const textOf = (entries: readonly Entry[], path: string) => {
  const entry = entries.find((each) => each.path === path);
  return entry?.kind === "file" ? entry.text : undefined;
};

describe("systemd", () => {
  const wants = "/etc/systemd/system/dev-virtio\\x2dports-org.qemu.guest_agent.0.device.wants";

  test("a unit that the port wants, and the rule that makes the port a unit", () => {
    const { entries, start, stop } = planOf("systemd");
    expect(pathsOf(entries)).toEqual([
      "/etc/systemd/system/lodger.service 644",
      "/etc/udev/rules.d/90-lodger.rules 644",
      `${wants}/lodger.service -> ../lodger.service`,
    ]);
    expect(start({ isThere: true, isNew: true }).map(({ argv }) => argv.join(" "))).toEqual([
      "systemctl daemon-reload",
      "udevadm control --reload",
      "udevadm trigger --action=add --subsystem-match=virtio-ports",
      "udevadm settle --timeout=10",
      "systemctl restart lodger.service",
    ]);
    expect(start({ isThere: true, isNew: false }).at(-1)?.argv).toEqual(["systemctl", "start", "lodger.service"]);
    expect(start({ isThere: false, isNew: true }).at(-1)?.argv[0]).toBe("udevadm");
    expect(stop.map(({ argv }) => argv.join(" "))).toEqual(["systemctl stop lodger.service"]);
  });

  test("the unit ends with the port, and starts again", () => {
    const text = textOf(planOf("systemd").entries, "/etc/systemd/system/lodger.service");
    for (const line of [
      "BindsTo=dev-virtio\\x2dports-org.qemu.guest_agent.0.device",
      "After=dev-virtio\\x2dports-org.qemu.guest_agent.0.device",
      "ExecStart=/usr/local/sbin/lodger",
      "Restart=always",
      "KillMode=process",
      "WantedBy=dev-virtio\\x2dports-org.qemu.guest_agent.0.device",
    ]) {
      expect(text?.split("\n")).toContain(line);
    }
  });

  test.each([
    {
      args: ["-m", "unix-listen", "-p", "/run/a b%c$d.sock"],
      line: 'ExecStart=/usr/local/sbin/lodger -m unix-listen -p "/run/a b%%c$$d.sock"',
    },
    { args: ["-m", "tcp-listen", "-p", "0.0.0.0:4000"], line: "After=network.target" },
    { args: ["-m", "vsock-listen"], line: "ExecStart=/usr/local/sbin/lodger -m vsock-listen" },
  ])("without a device it starts at boot: $args", ({ args, line }) => {
    const { entries } = planOf("systemd", args);
    expect(pathsOf(entries)).toEqual([
      "/etc/systemd/system/lodger.service 644",
      "/etc/systemd/system/multi-user.target.wants/lodger.service -> ../lodger.service",
    ]);
    const lines = textOf(entries, "/etc/systemd/system/lodger.service")?.split("\n");
    expect(lines).toContain(line);
    expect(lines).toContain("WantedBy=multi-user.target");
    expect(lines?.join()).not.toContain("BindsTo");
  });

  test("a serial line needs no rule", () => {
    const { entries } = planOf("systemd", ["-m", "isa-serial", "-p", "/dev/ttyS1"]);
    expect(pathsOf(entries)).toContain("/etc/systemd/system/dev-ttyS1.device.wants/lodger.service -> ../lodger.service");
    expect(pathsOf(entries).join()).not.toContain("udev");
  });

  test("what a package has brought is not written again", () => {
    const unit = "/usr/lib/systemd/system/lodger.service";
    const { entries } = planOf("systemd", [], { packaged: true, exists: (path) => path === unit });
    expect(pathsOf(entries)).toEqual([`${wants}/lodger.service -> ${unit}`]);
    expect(pathsOf(planOf("systemd", ["-m", "vsock-listen"], { packaged: true }).entries)).toContain(
      "/etc/systemd/system/lodger.service 644",
    );
  });

  test("another agent is stopped and masked, and started again", () => {
    const plan = planOf("systemd");
    expect(plan.takeOver("qemu-guest-agent.service")).toEqual({
      add: [{ kind: "link", path: "/etc/systemd/system/qemu-guest-agent.service", target: "/dev/null" }],
    });
    expect(plan.stopOther("qemu-ga@.service")[0]?.argv.at(-1)).toBe("qemu-ga@virtio\\x2dports-org.qemu.guest_agent.0.service");
    expect(plan.startOther("qemu-guest-agent.service")).toEqual([{ argv: ["systemctl", "start", "qemu-guest-agent.service"] }]);
  });

  test.each([
    { there: ["/usr/lib/systemd/system/qemu-guest-agent.service"], links: {}, found: ["qemu-guest-agent.service"] },
    {
      there: ["/lib/systemd/system/qemu-guest-agent.service"],
      links: { "/etc/systemd/system/qemu-guest-agent.service": "/dev/null" },
      found: [],
    },
    { there: [], links: {}, found: [] },
  ])("other agents: $there, $links", ({ there, links, found }) => {
    const files = {
      exists: (path: string) => (there as string[]).includes(path),
      linkTarget: (path: string) => (links as Record<string, string>)[path],
    };
    expect(services.systemd.others(files)).toEqual(found);
  });

  test.each([
    ["/dev/virtio-ports/org.qemu.guest_agent.0", "dev-virtio\\x2dports-org.qemu.guest_agent.0.device"],
    ["/dev//ttyS1/", "dev-ttyS1.device"],
    ["/.hidden/ä b", "\\x2ehidden-\\xc3\\xa4\\x20b.device"],
  ])("%s is the unit %s, as systemd-escape has it", (path, unit) => expect(deviceUnit(path)).toBe(unit));

  test("a rule names a port, by the host's name for it or the kernel's", () => {
    expect(udevRule({ device: "/dev/virtio-ports/agent.1" })).toContain('ATTR{name}=="agent.1", TAG+="systemd"');
    expect(udevRule({ device: "/dev/vport1p1" })).toContain('KERNEL=="vport1p1", TAG+="systemd"');
    expect(() => udevRule({ device: '/dev/virtio-ports/a"b*' })).toThrow("a udev rule can't name this port");
  });

  test("--confine is a drop-in of its own", () => {
    const { entries } = planOf("systemd", ["--confine"]);
    expect(pathsOf(entries)).toContain("/etc/systemd/system/lodger.service.d/confine.conf 644");
    expect(textOf(entries, "/etc/systemd/system/lodger.service")).toBe(
      systemdUnit({ command: ["/usr/local/sbin/lodger"], channel: parseInstall([], methods).channel }),
    );
  });
});

describe("OpenRC", () => {
  test("a supervised service of the default run level, which waits for no port", () => {
    const { entries, start } = planOf("openrc", ["-m", "unix-listen", "-p", "/run/it's.sock"]);
    expect(pathsOf(entries)).toEqual(["/etc/init.d/lodger 755", "/etc/runlevels/default/lodger -> /etc/init.d/lodger"]);
    const text = textOf(entries, "/etc/init.d/lodger") ?? "";
    expect(text).toContain("command=/usr/local/sbin/lodger\n");
    expect(text).not.toContain("start_pre");
    expect(start({ isThere: true, isNew: true }).map(({ argv }) => argv.join(" "))).toEqual(["rc-service lodger restart"]);
    expect(start({ isThere: false, isNew: true })).toEqual([]);
    expect(textOf(planOf("openrc").entries, "/etc/init.d/lodger")).toContain("[ -e /dev/virtio-ports/org.qemu.guest_agent.0 ] && return");
  });

  test("another agent leaves the run level", () => {
    const plan = planOf("openrc");
    expect(plan.takeOver("qemu-guest-agent")).toEqual({ remove: ["/etc/runlevels/default/qemu-guest-agent"] });
    const there = "/etc/runlevels/default/qemu-guest-agent";
    expect(services.openrc.others({ exists: (path) => path === there, linkTarget: () => undefined })).toEqual(["qemu-guest-agent"]);
  });
});

describe("runit", () => {
  test.each([
    { folder: "/etc/runit/runsvdir/default", system: "Void" },
    { folder: "/etc/service", system: "Debian" },
  ])("a service folder, linked where $system has it", ({ folder }) => {
    const { entries, takeOver } = planOf("runit", [], { exists: (path) => path === folder });
    expect(pathsOf(entries)).toEqual([
      "/etc/sv/lodger/run 755",
      "/etc/sv/lodger/supervise -> /run/runit/supervise.lodger",
      `${folder}/lodger -> /etc/sv/lodger`,
    ]);
    expect(textOf(entries, "/etc/sv/lodger/run")).toMatch(/exec sleep 1\nexec \/usr\/local\/sbin\/lodger\n$/);
    expect(takeOver("qemu-ga")).toEqual({ remove: [`${folder}/qemu-ga`] });
  });
});

test("launchd: a property list with every word of the command line", () => {
  const { entries, start } = planOf("launchd", ["-m", "unix-listen", "-p", "/tmp/<a>&b"]);
  const text = textOf(entries, "/Library/LaunchDaemons/lodger.plist") ?? "";
  expect(Array.from(text.matchAll(/<string>(.*)<\/string>/g), ([, word]) => word)).toEqual([
    "lodger",
    "/usr/local/sbin/lodger",
    "-m",
    "unix-listen",
    "-p",
    "/tmp/&lt;a&gt;&amp;b",
    "/var/log/lodger.log",
  ]);
  expect(start({ isThere: true, isNew: true }).at(-1)?.argv).toEqual([
    "launchctl",
    "bootstrap",
    "system",
    "/Library/LaunchDaemons/lodger.plist",
  ]);
});

describe("detection", () => {
  test.each([
    { there: "/run/systemd/system", isImage: false, service: "systemd" },
    { there: "/usr/lib/systemd/systemd", isImage: true, service: "systemd" },
    { there: "/run/openrc", isImage: false, service: "openrc" },
    { there: "/sbin/openrc-run", isImage: true, service: "openrc" },
    { there: "/usr/bin/runit", isImage: true, service: "runit" },
    { there: "/System/Library/LaunchDaemons", isImage: false, service: "launchd" },
  ])("$there, image: $isImage", ({ there, isImage, service }) => {
    expect(detectService((path) => path === there, isImage)).toBe(service);
  });

  test("what is installed but does not run is not asked to start anything", () => {
    expect(() => detectService((path) => path === "/usr/lib/systemd/systemd", false)).toThrow(
      /name one with --service \(systemd, openrc, runit, launchd\)/,
    );
  });
});

describe("arguments", () => {
  test.each([
    { args: ["--service", "upstart"], says: "--service upstart: this is one of systemd" },
    { args: ["-m", "smoke-signals"], says: "--method smoke-signals: known are virtio-serial" },
    { args: ["-m", "tcp-listen"], says: "--method tcp-listen needs a --path" },
    { args: ["-p", "relative"], says: "has to be a device below /dev" },
    { args: ["-m", "unix-listen", "-p", "/run/a\nExecStart=b"], says: "control character" },
    { args: ["--prefix", "opt"], says: "has to be an absolute path" },
    { args: ["now"], says: "try 'lodger install --help'" },
    { args: ["--force"], says: "try 'lodger install --help'" },
  ])("$args", ({ args, says }) => expect(() => parseInstall(args, methods)).toThrow(says));
});
