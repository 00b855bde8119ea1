/** `lodger install` and `uninstall`, into folders that stand for a system's root. */
import { execFileSync } from "node:child_process";
import { readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adminConfig } from "../../core/config/start.ts";
import { CONFIG_FILE } from "../../core/install/contents.ts";
import { RECORD } from "../../core/install/record.ts";
import { Image, unit } from "./install-image.ts";

const mask = "/etc/systemd/system/qemu-guest-agent.service";
const wants = "/etc/systemd/system/dev-virtio\\x2dports-org.qemu.guest_agent.0.device.wants";

let image: Image;
beforeEach(() => {
  image = new Image();
});
afterEach(() => image.remove());

describe("into an image", () => {
  test("files with their modes, a link that starts it, and no trace after it is uninstalled", () => {
    const before = image.tree();
    image.install();
    const added = image.tree().filter((line) => !before.includes(line) && !line.endsWith(" folder"));
    expect(added.map((line) => (line.includes(" -> ") ? line : line.split(" ", 2).join(" ")))).toEqual([
      "etc/lodger/lodger.toml 644",
      "etc/logrotate.d/lodger 644",
      `${wants.slice(1)}/lodger.service 777 -> ../lodger.service`,
      "etc/systemd/system/lodger.service 644",
      "etc/udev/rules.d/90-lodger.rules 644",
      "usr/local/sbin/lodger 755",
      "var/lib/lodger/install.json 600",
    ]);
    expect(image.tree()).toContain("var/lib/lodger 700 folder");
    expect(image.text("/usr/local/sbin/lodger")).toBe("an executable");
    image.uninstall();
    expect(image.tree()).toEqual(before);
  });

  test("twice is as once", () => {
    image.install();
    const once = image.tree();
    expect(image.install()).toEqual([]);
    expect(image.tree()).toEqual(once);
  });

  test("a newer executable takes the older one's place", () => {
    image.install();
    writeFileSync(image.program, "a newer one");
    expect(image.install()).toEqual(["written /usr/local/sbin/lodger"]);
    expect(image.text("/usr/local/sbin/lodger")).toBe("a newer one");
    image.uninstall();
    expect(image.tree().join()).not.toContain("lodger");
  });

  test("another channel takes away what only the first one needs", () => {
    image.install();
    image.install("-m", "unix-listen", "-p", "/run/agent.sock");
    expect(image.names("etc/udev/rules.d")).toEqual([]);
    expect(image.tree().join("\n")).toContain("multi-user.target.wants/lodger.service 777 -> ../lodger.service");
    expect(image.text(unit)).toContain("-m unix-listen -p /run/agent.sock");
  });

  test("--prefix", () => {
    image.install("--prefix", "/opt/lodger");
    expect(image.text("/opt/lodger/sbin/lodger")).toBe("an executable");
    expect(image.text(unit)).toContain("ExecStart=/opt/lodger/sbin/lodger\n");
  });

  test("the configuration says nothing, and what it shows is right", async () => {
    image.install();
    const lines = image.text(CONFIG_FILE).split("\n");
    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
    const shown = lines.filter((line) => /^# (\[|[\w.-]+ = )/.test(line)).map((line) => line.slice(2));
    expect(shown.length).toBeGreaterThan(8);
    writeFileSync(join(image.folder, "shown.toml"), shown.join("\n"));
    const { policy } = await adminConfig("lodger", [`--lodger-config=${join(image.folder, "shown.toml")}`]);
    expect(JSON.stringify(policy)).toContain("guest-exec*");
  });
});

describe("qemu-ga", () => {
  test("is asked for before it is taken over", () => {
    image.put("/usr/lib/systemd/system/qemu-guest-agent.service");
    const before = image.tree();
    expect(() => image.install()).toThrow("qemu-guest-agent.service serves this port: 'lodger install --take-over'");
    expect(image.tree()).toEqual(before);
    image.install("-m", "unix-listen"); // another channel
  });

  test("is masked, stays so, and is given back", () => {
    image.put("/usr/lib/systemd/system/qemu-guest-agent.service");
    const before = image.tree();
    image.install("--take-over");
    expect(readlinkSync(join(image.root, mask))).toBe("/dev/null");
    image.install();
    expect(readlinkSync(join(image.root, mask))).toBe("/dev/null");
    image.uninstall();
    expect(image.tree()).toEqual(before);
  });

  test("that the admin has masked stays masked", () => {
    image.put("/usr/lib/systemd/system/qemu-guest-agent.service");
    image.link(mask, "/dev/null");
    const before = image.tree();
    image.install("--take-over");
    image.uninstall();
    expect(image.tree()).toEqual(before);
  });

  test("of OpenRC leaves the run level, and comes back", () => {
    rmSync(join(image.root, "usr"), { recursive: true });
    image.put("/sbin/openrc-run");
    image.put("/etc/init.d/qemu-guest-agent");
    image.link("/etc/runlevels/default/qemu-guest-agent", "/etc/init.d/qemu-guest-agent");
    const before = image.tree();
    image.install("--take-over");
    expect(image.names("etc/runlevels/default")).toEqual(["lodger"]);
    execFileSync("sh", ["-n", join(image.root, "etc/init.d/lodger")]);
    image.uninstall();
    expect(image.tree()).toEqual(before);
  });
});

describe("what is there already", () => {
  test("a file that nobody has recorded is in the way, and nothing is written", () => {
    image.put(unit, "mine");
    image.put("/usr/local/sbin/lodger", "mine too");
    const before = image.tree();
    expect(() => image.install()).toThrow(
      new RegExp(`sbin/lodger: this is there already, .*move it away; .*${unit}: this is there already`),
    );
    expect(image.tree()).toEqual(before);
  });

  test("the admin's configuration stays, then and later", () => {
    image.put(CONFIG_FILE, "[policy]\n");
    const before = image.tree();
    expect(image.install()).toContain(`kept    ${CONFIG_FILE}, which is yours`);
    image.uninstall("--purge");
    expect(image.tree()).toEqual(before);
  });

  test("changed files stay, until --purge", () => {
    const before = image.tree();
    image.install();
    image.put(CONFIG_FILE, "[policy]\n");
    image.put("/etc/lodger/plugins/own.mjs");
    expect(image.install()).toContain(`kept    ${CONFIG_FILE}, which is yours`);
    expect(image.uninstall()).toEqual(
      expect.arrayContaining([
        `kept    ${CONFIG_FILE}, which has changed since it was installed: --purge removes it too`,
        `removed ${unit}`,
      ]),
    );
    expect(image.text(CONFIG_FILE)).toBe("[policy]\n");
    rmSync(join(image.root, "etc/lodger/plugins"), { recursive: true });
    image.uninstall("--purge");
    expect(image.tree()).toEqual(before);
    expect(() => image.uninstall()).toThrow(`there is no ${image.root}${RECORD}: nothing has been installed`);
  });

  test("an installation that was interrupted can be uninstalled", () => {
    const before = image.tree();
    const installation = image.prepare();
    const failing = (line: string) => {
      if (line.includes("udev")) throw new Error("interrupted");
    };
    expect(() => image.carryOut(installation, failing)).toThrow("interrupted");
    image.uninstall();
    // folders of which it could not be said yet that they were made may stay
    expect(image.tree().filter((line) => !line.endsWith(" folder"))).toEqual(before.filter((line) => !line.endsWith(" folder")));
  });
});
