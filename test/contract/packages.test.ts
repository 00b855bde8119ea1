/** The packages, from an executable that stands for lodger's: what is in them, and that they come and go without a trace. */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LODGER_VERSION } from "../../core/version.ts";

const repository = join(import.meta.dirname, "../..");
/** There once it was built: `npm test` does. */
const built = join(repository, "dist", `lodger-linux-${process.arch}`);
const seconds = 1_700_000_000;
const files = [
  "/etc/lodger/lodger.toml",
  "/etc/logrotate.d/lodger",
  "/usr/lib/systemd/system/lodger.service",
  "/usr/lib/udev/rules.d/90-lodger.rules",
  "/usr/sbin/lodger",
  "/usr/share/man/man8/lodger.8.gz",
];

let folder: string;
let deb: string;
let rpm: string;

const run = (program: string, ...args: readonly string[]) =>
  execFileSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", SOURCE_DATE_EPOCH: String(seconds) },
    stdio: ["ignore", "pipe", "pipe"],
  });

function build(output: string, ...more: readonly string[]): void {
  const options = more.length > 0 ? more : ["--executable", join(folder, "executable")];
  run(process.execPath, "--disable-warning=ExperimentalWarning", join(repository, "packaging/package.ts"), "--output", output, ...options);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lodger-packages-"));
  copyFileSync(realpathSync("/bin/true"), join(folder, "executable"));
  build(join(folder, "first"));
  const architecture = run("dpkg", "--print-architecture").trim();
  deb = join(folder, "first", `lodger_${LODGER_VERSION}_${architecture}.deb`);
  rpm = join(folder, "first", readdirSync(join(folder, "first")).find((name) => name.endsWith(".rpm")) ?? "");
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the same input gives the same packages", { timeout: 60_000 }, () => {
  build(join(folder, "second"));
  for (const name of readdirSync(join(folder, "first"))) {
    expect(readFileSync(join(folder, "second", name)).equals(readFileSync(join(folder, "first", name))), name).toBe(true);
  }
});

describe(".deb", () => {
  test("files, owners and modes", () => {
    const listed = run("dpkg-deb", "-c", deb).trim().split("\n");
    const entries = listed.map((line) => /^(\S+) (\S+) +\d+ (\S+ \S+) \.(\S+)$/.exec(line)?.slice(1) ?? []);
    expect(new Set(entries.map(([, owner]) => owner))).toEqual(new Set(["root/root"]));
    expect(new Set(entries.map(([, , time]) => time))).toEqual(new Set([run("date", "-d", `@${seconds}`, "+%Y-%m-%d %H:%M").trim()]));
    for (const [mode = "", , , path = ""] of entries) {
      expect(mode, path).toBe(path.endsWith("/") ? "drwxr-xr-x" : path === "/usr/sbin/lodger" ? "-rwxr-xr-x" : "-rw-r--r--");
    }
    expect(entries.map(([, , , path]) => path)).toEqual(expect.arrayContaining(files));
  });

  test("fields, and the admin's files", () => {
    const field = (name: string) => run("dpkg-deb", "-f", deb, name).trim();
    expect(field("Version")).toBe(LODGER_VERSION);
    expect(field("Depends")).toMatch(/^libc6 \(>= 2\.\d+\), libgcc-s1 \| libgcc1, libstdc\+\+6$/);
    for (const name of ["Provides", "Conflicts", "Replaces"]) expect(field(name)).toBe("qemu-guest-agent");
    expect(run("dpkg-deb", "-I", deb, "conffiles")).toBe("/etc/lodger/lodger.toml\n/etc/logrotate.d/lodger\n");
    for (const name of ["preinst", "postinst", "prerm", "postrm"]) execFileSync("sh", ["-n"], { input: run("dpkg-deb", "-I", deb, name) });
  });

  test("installed into a root and purged, it leaves nothing", { timeout: 60_000 }, () => {
    const root = join(folder, "root");
    mkdirSync(join(root, "var/lib/dpkg/updates"), { recursive: true });
    mkdirSync(join(root, "var/lib/dpkg/info"));
    writeFileSync(join(root, "var/lib/dpkg/status"), "");
    writeFileSync(join(root, "var/lib/dpkg/available"), "");
    const dpkg = (...args: readonly string[]) =>
      run("dpkg", `--root=${root}`, "--force-script-chrootless", "--force-depends", "--log=/dev/null", ...args);
    const tree = () =>
      readdirSync(root, { recursive: true, encoding: "utf8" })
        .filter((name) => !/^(var|tmp)(\/lib(\/dpkg(\/.*)?)?)?$/.test(name))
        .sort();
    const before = tree();
    dpkg("--install", deb);
    expect(tree()).toEqual(expect.arrayContaining(files.map((path) => path.slice(1))));
    const enabled = tree().find((name) => name.endsWith(".wants/lodger.service"));
    expect(enabled).toBe("etc/systemd/system/dev-virtio\\x2dports-org.qemu.guest_agent.0.device.wants/lodger.service");
    expect(statSync(join(root, "usr/sbin/lodger")).mode & 0o7777).toBe(0o755);
    dpkg("--purge", "lodger");
    // the helper of Debian makes these for any service, and leaves them
    const helpers = /^(etc|etc\/systemd(\/.*)?|var\/lib\/systemd.*)$/;
    expect(tree().filter((name) => !before.includes(name) && !helpers.test(name))).toEqual([]);
    expect(tree().join()).not.toContain("lodger");
  });

  test("lintian has nothing to say", { timeout: 60_000 }, () => {
    expect(run("lintian", "--allow-root", "--fail-on", "none", deb).trim()).toBe("");
  });

  test.skipIf(!existsSync(built))("nor of the one with the executable that was built", { timeout: 180_000 }, () => {
    const output = join(folder, "built");
    build(output, "--executable", built, "--deb", "--fast");
    const [name = ""] = readdirSync(output);
    const hardlyCompressed = "uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball";
    expect(run("lintian", "--allow-root", "--fail-on", "none", "--suppress-tags", hardlyCompressed, join(output, name)).trim()).toBe("");
  });
});

describe(".rpm", () => {
  test("files, owners, modes, and the admin's", () => {
    const lines = run(
      "rpm",
      "-qp",
      "--queryformat",
      "[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILEFLAGS:fflags}\\n]",
      rpm,
    );
    expect(
      lines
        .trim()
        .split("\n")
        .map((line) => line.trim()),
    ).toEqual([
      "/etc/lodger drwxr-xr-x root root",
      "/etc/lodger/lodger.toml -rw-r--r-- root root cn",
      "/etc/logrotate.d/lodger -rw-r--r-- root root cn",
      "/usr/lib/systemd/system-preset/85-lodger.preset -rw-r--r-- root root",
      "/usr/lib/systemd/system/lodger.service -rw-r--r-- root root",
      "/usr/lib/udev/rules.d/90-lodger.rules -rw-r--r-- root root",
      "/usr/sbin/lodger -rwxr-xr-x root root",
      "/usr/share/licenses/lodger/LICENSE -rw-r--r-- root root l",
      "/usr/share/man/man8/lodger.8.gz -rw-r--r-- root root d",
    ]);
  });

  test("what it needs and what it takes the place of", () => {
    expect(run("rpm", "-qp", "--conflicts", rpm).trim()).toBe("qemu-guest-agent");
    expect(run("rpm", "-qp", "--requires", rpm)).toMatch(/^libc\.so\.6\(GLIBC_2\.\d+\)\(64bit\)$/m);
    expect(run("rpm", "-qp", "--queryformat", "%{BUILDTIME} %{BUILDHOST} %{VERSION}", rpm)).toBe(`${seconds} localhost ${LODGER_VERSION}`);
  });

  test("rpmlint has nothing to say that packaging/rpmlint.toml doesn't explain", { timeout: 60_000 }, () => {
    expect(run("rpmlint", "-c", join(repository, "packaging/rpmlint.toml"), rpm)).toMatch(/ 0 errors, 0 warnings, 0 badness/);
  });

  test("installed into a root and erased, it leaves nothing", { timeout: 60_000 }, () => {
    const root = join(folder, "rpm-root");
    const options = ["--root", root, "--nodeps", "--noscripts"];
    mkdirSync(root);
    run("rpm", ...options, "--install", rpm);
    expect(statSync(join(root, "usr/sbin/lodger")).mode & 0o7777).toBe(0o755);
    run("rpm", ...options, "--erase", "lodger");
    const left = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(root, name)).isFile());
    expect(left.filter((name) => !name.startsWith("var/lib/rpm/") && !name.startsWith("root/.rpmdb/"))).toEqual([]);
  });
});
