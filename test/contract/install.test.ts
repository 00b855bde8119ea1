/** `lodger install` and `uninstall`, into folders that stand for a system's root. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installCommand, shownInstallation, uninstallCommand } from "../../core/cli/install.ts";
import type { SubcommandInput } from "../../core/cli/subcommand.ts";
import { adminConfig } from "../../core/config/start.ts";
import { parseInstall, parseUninstall } from "../../core/install/call.ts";
import { CONFIG_FILE } from "../../core/install/contents.ts";
import { carryOut, prepareInstall } from "../../core/install/install.ts";
import type { Command } from "../../core/install/plan.ts";
import { RECORD } from "../../core/install/record.ts";
import { TargetSystem } from "../../core/install/system.ts";
import { carryOutRemoval, prepareUninstall } from "../../core/install/uninstall.ts";

const port = "/dev/virtio-ports/org.qemu.guest_agent.0";
const methods = new Map([
  ["virtio-serial", port],
  ["unix-listen", "/run/qga.sock"],
]);
const unit = "/etc/systemd/system/lodger.service";
const mask = "/etc/systemd/system/qemu-guest-agent.service";
const wants = "/etc/systemd/system/dev-virtio\\x2dports-org.qemu.guest_agent.0.device.wants";
const somebody = 1000;

let folder: string;
let root: string;
let program: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lodger-install-"));
  root = join(folder, "root");
  program = join(folder, "executable");
  writeFileSync(program, "an executable", { mode: 0o755 });
  put("/usr/lib/systemd/systemd");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, text = ""): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function link(path: string, target: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  symlinkSync(target, join(root, path));
}

const text = (path: string) => readFileSync(join(root, path), "utf8");

/** Everything below the root: type, mode, and where links lead or what files say. */
function tree(): string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const path = join(root, name);
      const status = lstatSync(path);
      const what = status.isSymbolicLink() ? `-> ${readlinkSync(path)}` : status.isFile() ? readFileSync(path, "utf8") : "folder";
      return `${name} ${(status.mode & 0o7777).toString(8)} ${what}`;
    });
}

function install(...args: readonly string[]) {
  const said: string[] = [];
  const system = new TargetSystem(root);
  const installation = prepareInstall(parseInstall(args, methods), system, program);
  carryOut(
    installation,
    system,
    () => undefined,
    (line) => said.push(line),
  );
  return said;
}

function uninstall(...args: readonly string[]) {
  const said: string[] = [];
  const system = new TargetSystem(root);
  carryOutRemoval(
    prepareUninstall(parseUninstall(args), system),
    system,
    () => undefined,
    (line) => said.push(line),
  );
  return said;
}

describe("into an image", () => {
  test("files with their modes, a link that starts it, and no trace after it is uninstalled", () => {
    const before = tree();
    install();
    const added = tree().filter((line) => !before.includes(line) && !line.endsWith(" folder"));
    expect(added.map((line) => (line.includes(" -> ") ? line : line.split(" ", 2).join(" ")))).toEqual([
      "etc/lodger/lodger.toml 644",
      "etc/logrotate.d/lodger 644",
      `${wants.slice(1)}/lodger.service 777 -> ../lodger.service`,
      "etc/systemd/system/lodger.service 644",
      "etc/udev/rules.d/90-lodger.rules 644",
      "usr/local/sbin/lodger 755",
      "var/lib/lodger/install.json 600",
    ]);
    expect(tree()).toContain("var/lib/lodger 700 folder");
    expect(text("/usr/local/sbin/lodger")).toBe("an executable");
    uninstall();
    expect(tree()).toEqual(before);
  });

  test("twice is as once", () => {
    install();
    const once = tree();
    expect(install()).toEqual([]);
    expect(tree()).toEqual(once);
  });

  test("a newer executable takes the older one's place", () => {
    install();
    writeFileSync(program, "a newer one");
    expect(install()).toEqual(["written /usr/local/sbin/lodger"]);
    expect(text("/usr/local/sbin/lodger")).toBe("a newer one");
    uninstall();
    expect(tree().join()).not.toContain("lodger");
  });

  test("another channel takes away what only the first one needs", () => {
    install();
    install("-m", "unix-listen", "-p", "/run/agent.sock");
    expect(readdirSync(join(root, "etc/udev/rules.d"))).toEqual([]);
    expect(tree().join("\n")).toContain("multi-user.target.wants/lodger.service 777 -> ../lodger.service");
    expect(text(unit)).toContain("-m unix-listen -p /run/agent.sock");
  });

  test("--prefix", () => {
    install("--prefix", "/opt/lodger");
    expect(text("/opt/lodger/sbin/lodger")).toBe("an executable");
    expect(text(unit)).toContain("ExecStart=/opt/lodger/sbin/lodger\n");
  });

  test("the configuration says nothing, and what it shows is right", async () => {
    install();
    const lines = text(CONFIG_FILE).split("\n");
    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
    const shown = lines.filter((line) => /^# (\[|[\w.-]+ = )/.test(line)).map((line) => line.slice(2));
    expect(shown.length).toBeGreaterThan(8);
    writeFileSync(join(folder, "shown.toml"), shown.join("\n"));
    const { policy } = await adminConfig("lodger", [`--lodger-config=${join(folder, "shown.toml")}`]);
    expect(JSON.stringify(policy)).toContain("guest-exec*");
  });
});

describe("qemu-ga", () => {
  test("is asked for before it is taken over", () => {
    put("/usr/lib/systemd/system/qemu-guest-agent.service");
    const before = tree();
    expect(() => install()).toThrow("qemu-guest-agent.service serves this port: 'lodger install --take-over'");
    expect(tree()).toEqual(before);
    install("-m", "unix-listen"); // another channel
  });

  test("is masked, stays so, and is given back", () => {
    put("/usr/lib/systemd/system/qemu-guest-agent.service");
    const before = tree();
    install("--take-over");
    expect(readlinkSync(join(root, mask))).toBe("/dev/null");
    install();
    expect(readlinkSync(join(root, mask))).toBe("/dev/null");
    uninstall();
    expect(tree()).toEqual(before);
  });

  test("that the admin has masked stays masked", () => {
    put("/usr/lib/systemd/system/qemu-guest-agent.service");
    link(mask, "/dev/null");
    const before = tree();
    install("--take-over");
    uninstall();
    expect(tree()).toEqual(before);
  });

  test("of OpenRC leaves the run level, and comes back", () => {
    rmSync(join(root, "usr"), { recursive: true });
    put("/sbin/openrc-run");
    put("/etc/init.d/qemu-guest-agent");
    link("/etc/runlevels/default/qemu-guest-agent", "/etc/init.d/qemu-guest-agent");
    const before = tree();
    install("--take-over");
    expect(readdirSync(join(root, "etc/runlevels/default"))).toEqual(["lodger"]);
    execFileSync("sh", ["-n", join(root, "etc/init.d/lodger")]);
    uninstall();
    expect(tree()).toEqual(before);
  });
});

describe("what is there already", () => {
  test("a file that nobody has recorded is in the way, and nothing is written", () => {
    put(unit, "mine");
    put("/usr/local/sbin/lodger", "mine too");
    const before = tree();
    expect(() => install()).toThrow(new RegExp(`sbin/lodger: this is there already, .*move it away; .*${unit}: this is there already`));
    expect(tree()).toEqual(before);
  });

  test("the admin's configuration stays, then and later", () => {
    put(CONFIG_FILE, "[policy]\n");
    const before = tree();
    expect(install()).toContain(`kept    ${CONFIG_FILE}, which is yours`);
    uninstall("--purge");
    expect(tree()).toEqual(before);
  });

  test("changed files stay, until --purge", () => {
    const before = tree();
    install();
    put(CONFIG_FILE, "[policy]\n");
    put("/etc/lodger/plugins/own.mjs");
    expect(install()).toContain(`kept    ${CONFIG_FILE}, which is yours`);
    expect(uninstall()).toEqual(
      expect.arrayContaining([
        `kept    ${CONFIG_FILE}, which has changed since it was installed: --purge removes it too`,
        `removed ${unit}`,
      ]),
    );
    expect(text(CONFIG_FILE)).toBe("[policy]\n");
    rmSync(join(root, "etc/lodger/plugins"), { recursive: true });
    uninstall("--purge");
    expect(tree()).toEqual(before);
    expect(() => uninstall()).toThrow(`there is no ${root}${RECORD}: nothing has been installed`);
  });

  test("an installation that was interrupted can be uninstalled", () => {
    const before = tree();
    const system = new TargetSystem(root);
    const installation = prepareInstall(parseInstall([], methods), system, program);
    const failing = (line: string) => {
      if (line.includes("udev")) throw new Error("interrupted");
    };
    expect(() => carryOut(installation, system, () => undefined, failing)).toThrow("interrupted");
    uninstall();
    // folders of which it could not be said yet that they were made may stay
    expect(tree().filter((line) => !line.endsWith(" folder"))).toEqual(before.filter((line) => !line.endsWith(" folder")));
  });
});

describe("links and owners", () => {
  test("a link of the image leads to where it will when it runs, never out of it", () => {
    mkdirSync(join(folder, "outside"));
    link("/etc/udev", "/elsewhere");
    link("/etc/lodger", "../../../../../../outside");
    mkdirSync(join(root, "elsewhere"));
    mkdirSync(join(root, "outside"));
    install();
    expect(text("/elsewhere/rules.d/90-lodger.rules")).toContain("virtio-ports");
    expect(readdirSync(join(folder, "outside"))).toEqual([]);
  }, 10_000);

  test("somebody else's link, and a folder that others may write to, are refused", () => {
    link("/etc/udev", "/elsewhere");
    lchownSync(join(root, "etc/udev"), somebody, somebody);
    expect(() => install()).toThrow(
      `this link belongs to user ${somebody}, who could change it: 'chown --no-dereference root ${root}/etc/udev'`,
    );
    rmSync(join(root, "etc/udev"));
    chmodSync(join(root, "etc"), 0o777);
    expect(() => install()).toThrow(`'chmod go-w ${root}/etc'`);
    expect(tree().join()).not.toContain("lodger");
  });

  test("a record that others could have written is not followed", () => {
    install();
    chmodSync(join(root, RECORD), 0o666);
    expect(() => uninstall("--purge")).toThrow(`${root}${RECORD}: others could have written this`);
    chmodSync(join(root, RECORD), 0o600);
    writeFileSync(
      join(root, RECORD),
      text(RECORD)
        .replace('"/usr/local/sbin/lodger"', '"/usr/../etc/passwd"')
        .replaceAll('"/usr/local/sbin/lodger"', '"/usr/../etc/passwd"'),
    );
    expect(() => uninstall()).toThrow("it names the file '/usr/../etc/passwd'");
  });
});

describe("the words", () => {
  const run = (command: typeof installCommand, args: readonly string[]) => {
    const written: string[] = [];
    const status = command({ args, defaultPaths: methods, write: (line: string) => written.push(line) } as unknown as SubcommandInput);
    return { status, text: written.join("") };
  };

  test("--help fits a screen", () => {
    for (const command of [installCommand, uninstallCommand]) {
      const { status, text: help } = run(command, ["--help"]);
      expect(status).toBe(0);
      expect(help.split("\n").length).toBeLessThan(40);
      expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
    }
  });

  test("what runs from source, or as a bundle, can't be installed", () => {
    expect(() => run(installCommand, ["--dry-run", "--root", root])).toThrow("only the executable can be installed");
  });

  test("a dry run prints every file with its content, every command, and does nothing", () => {
    const before = tree();
    const installation = prepareInstall(parseInstall([], methods), new TargetSystem(root), program);
    const commands: Command[] = [{ argv: ["systemctl", "daemon-reload"] }, { argv: ["echo", "it's $HOME"] }];
    const shown = shownInstallation({ ...installation, start: commands });
    expect(shown).toContain(`file ${unit}, mode 0644:\n    [Unit]\n`);
    expect(shown).toContain(`file /usr/local/sbin/lodger, mode 0755: a copy of ${program}\n`);
    expect(shown).toContain(`link ${wants}/lodger.service -> ../lodger.service\n`);
    expect(shown).toMatch(/run systemctl daemon-reload\nrun echo 'it'\\''s \$HOME'\n$/);
    expect(tree()).toEqual(before);
  });
});
