/** A Debian package, by dpkg-deb. */
import { createHash } from "node:crypto";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { systemNeeds } from "../build/elf.ts";
import { run } from "../build/run.ts";
import { CONFIGURATION, licences, type PackageFile, packageFiles, stage, zipped } from "./contents.ts";
import type { PackageInput } from "./package-input.ts";

const SCRIPTS = ["preinst", "postinst", "prerm", "postrm"];
const FOLDER = join(import.meta.dirname, "deb");

export async function debPackage(input: PackageInput, work: string): Promise<string> {
  const { version, architecture, executable, seconds, output } = input;
  const tree = join(work, "deb");
  const files = [...(await packageFiles()), ...(await debianFiles(input))];
  await stage(tree, files, executable, seconds);
  const control = join(tree, "DEBIAN");
  await fs.mkdir(control, { mode: 0o755 });
  for (const name of SCRIPTS) {
    await fs.copyFile(join(FOLDER, name), join(control, name));
    await fs.chmod(join(control, name), 0o755);
  }
  await fs.writeFile(join(control, "conffiles"), CONFIGURATION.map((path) => `${path}\n`).join(""), { mode: 0o644 });
  await fs.writeFile(join(control, "md5sums"), await checksums(tree), { mode: 0o644 });
  const bytes = files.reduce((sum, { content }) => sum + content.length, (await fs.stat(executable)).size);
  await fs.writeFile(join(control, "control"), await controlText(input, Math.ceil(bytes / 1024)), { mode: 0o644 });
  for (const name of ["", ...(await fs.readdir(control))]) await fs.utimes(join(control, name), seconds, seconds);
  await fs.utimes(tree, seconds, seconds);
  const file = join(output, `lodger_${version}_${architecture.deb}.deb`);
  const compression = input.fast ? ["-Znone"] : ["-Zxz", "-z6"];
  await run("dpkg-deb", ["--root-owner-group", ...compression, "--build", tree, file], "dpkg");
  return file;
}

async function controlText({ version, architecture, executable }: PackageInput, kilobytes: number): Promise<string> {
  const { versions } = await systemNeeds(executable);
  const glibc = versions.get("GLIBC");
  return `Package: lodger
Version: ${version}
Architecture: ${architecture.deb}
Maintainer: The lodger authors <lodger@localhost.localdomain>
Installed-Size: ${kilobytes}
Depends: libc6${glibc === undefined ? "" : ` (>= ${glibc})`}, libgcc-s1 | libgcc1, libstdc++6
Suggests: logrotate
Provides: qemu-guest-agent
Conflicts: qemu-guest-agent
Replaces: qemu-guest-agent
Section: admin
Priority: optional
Description: guest agent that speaks qemu-ga's protocol
 lodger runs in a virtual machine and does what the host asks: it freezes file
 systems for a backup, runs programs, reads and writes files, tells of disks
 and addresses, sets passwords and keys, and shuts down. libvirt, Proxmox and
 KubeVirt use it as they use qemu-ga, whose options, configuration and state it
 takes.
 .
 There is one port and one agent on it, so this takes qemu-guest-agent's place.
`;
}

async function debianFiles({ version, seconds, legal }: PackageInput): Promise<readonly PackageFile[]> {
  const date = new Date(seconds * 1000).toUTCString().replace("GMT", "+0000");
  const changelog = `lodger (${version}) unstable; urgency=medium

  * Version ${version}.

 -- The lodger authors <lodger@localhost.localdomain>  ${date}
`;
  const doc = "/usr/share/doc/lodger";
  return [
    { path: `${doc}/changelog.gz`, mode: 0o644, content: zipped(changelog) },
    { path: `${doc}/copyright`, mode: 0o644, content: await copyright() },
    { path: `${doc}/licences.gz`, mode: 0o644, content: zipped(await licences(legal)) },
    {
      path: "/usr/share/lintian/overrides/lodger",
      mode: 0o644,
      content: await fs.readFile(join(import.meta.dirname, "lintian-overrides"), "utf8"),
    },
  ];
}

async function copyright(): Promise<string> {
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: lodger

Files: *
Copyright: 2026 the lodger authors
License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.
Comment: The executable contains Node.js, koffi and a few packages from npm.
 Their licences are in /usr/share/doc/lodger/licences.gz.
`;
}

async function checksums(tree: string): Promise<string> {
  const names = await fs.readdir(tree, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile() && !entry.parentPath.endsWith("/DEBIAN"))
    .map((entry) => join(entry.parentPath, entry.name));
  const lines = await Promise.all(
    files.sort().map(
      async (file) =>
        `${createHash("md5")
          .update(await fs.readFile(file))
          .digest("hex")}  ${file.slice(tree.length + 1)}\n`,
    ),
  );
  return lines.join("");
}
