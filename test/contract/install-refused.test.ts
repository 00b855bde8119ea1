/** What `lodger install` refuses, and what it says before it does anything. */
import { chmodSync, lchownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installCommand, shownInstallation, uninstallCommand } from "../../core/cli/install.ts";
import type { SubcommandInput } from "../../core/cli/subcommand.ts";
import type { Command } from "../../core/install/plan.ts";
import { RECORD } from "../../core/install/record.ts";
import { Image, methods, unit } from "./install-image.ts";

const wants = "/etc/systemd/system/dev-virtio\\x2dports-org.qemu.guest_agent.0.device.wants";
const somebody = 1000;

let image: Image;
beforeEach(() => {
  image = new Image();
});
afterEach(() => image.remove());

describe("links and owners", () => {
  test("a link of the image leads to where it will when it runs, never out of it", () => {
    mkdirSync(join(image.folder, "outside"));
    image.link("/etc/udev", "/elsewhere");
    image.link("/etc/lodger", "../../../../../../outside");
    mkdirSync(join(image.root, "elsewhere"));
    mkdirSync(join(image.root, "outside"));
    image.install();
    expect(image.text("/elsewhere/rules.d/90-lodger.rules")).toContain("virtio-ports");
    expect(readdirSync(join(image.folder, "outside"))).toEqual([]);
  }, 10_000);

  test("somebody else's link, and a folder that others may write to, are refused", () => {
    image.link("/etc/udev", "/elsewhere");
    lchownSync(join(image.root, "etc/udev"), somebody, somebody);
    expect(() => image.install()).toThrow(
      `this link belongs to user ${somebody}, who could change it: 'chown --no-dereference root ${image.root}/etc/udev'`,
    );
    rmSync(join(image.root, "etc/udev"));
    chmodSync(join(image.root, "etc"), 0o777);
    expect(() => image.install()).toThrow(`'chmod go-w ${image.root}/etc'`);
    expect(image.tree().join()).not.toContain("lodger");
  });

  test("a record that others could have written is not followed", () => {
    image.install();
    chmodSync(join(image.root, RECORD), 0o666);
    expect(() => image.uninstall("--purge")).toThrow(`${image.root}${RECORD}: others could have written this`);
    chmodSync(join(image.root, RECORD), 0o600);
    writeFileSync(
      join(image.root, RECORD),
      image
        .text(RECORD)
        .replace('"/usr/local/sbin/lodger"', '"/usr/../etc/passwd"')
        .replaceAll('"/usr/local/sbin/lodger"', '"/usr/../etc/passwd"'),
    );
    expect(() => image.uninstall()).toThrow("it names the file '/usr/../etc/passwd'");
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
    expect(() => run(installCommand, ["--dry-run", "--root", image.root])).toThrow("only the executable can be installed");
  });

  test("an image that isn't there", () => {
    rmSync(image.root, { recursive: true });
    expect(() => image.prepare("--service", "systemd")).toThrow(`--root ${image.root}: there is no such folder: mount the image there`);
  });

  test("a dry run prints every file with its content, every command, and does nothing", () => {
    const before = image.tree();
    const installation = image.prepare();
    const commands: Command[] = [{ argv: ["systemctl", "daemon-reload"] }, { argv: ["echo", "it's $HOME"] }];
    const shown = shownInstallation({ ...installation, start: commands });
    expect(shown).toContain(`file ${unit}, mode 0644:\n    [Unit]\n`);
    expect(shown).toContain(`file /usr/local/sbin/lodger, mode 0755: a copy of ${image.program}\n`);
    expect(shown).toContain(`link ${wants}/lodger.service -> ../lodger.service\n`);
    expect(shown).toMatch(/run systemctl daemon-reload\nrun echo 'it'\\''s \$HOME'\n$/);
    expect(image.tree()).toEqual(before);
  });
});
