/** An RPM package, by Debian's rpmbuild. */
import * as fs from "node:fs/promises";
import { basename, join } from "node:path";
import { run } from "../build/run.ts";
import { CONFIGURATION, licences, type PackageFile, PROGRAM, packageFiles, stage } from "./contents.ts";
import type { PackageInput } from "./package-input.ts";

const PRESET = "/usr/lib/systemd/system-preset/85-lodger.preset";
const LICENCES = "/usr/share/licenses/lodger/LICENSE";

export async function rpmPackage(input: PackageInput, work: string): Promise<string> {
  const { architecture, executable, seconds, output } = input;
  const tree = join(work, "rpm");
  const files: PackageFile[] = [
    ...(await packageFiles()),
    // who installs it wants it: a distribution's preset is to enable nothing that it doesn't know
    { path: PRESET, mode: 0o644, content: "enable lodger.service\n" },
    { path: LICENCES, mode: 0o644, content: await licences(input.legal) },
  ];
  await stage(tree, files, executable, seconds);
  const spec = join(work, "lodger.spec");
  await fs.writeFile(spec, await specText(input, files));
  const defines = {
    _topdir: join(work, "rpmbuild"),
    _rpmdir: join(work, "rpms"),
    _dbpath: join(work, "rpmdb"),
    _buildhost: "localhost",
    _build_id_links: "none",
    __os_install_post: "%{nil}",
    debug_package: "%{nil}",
    use_source_date_epoch_as_buildtime: "1",
    clamp_mtime_to_source_date_epoch: "1",
    _binary_payload: input.fast ? "w1.gzdio" : "w6.xzdio",
    lodger_tree: tree,
  };
  const options = Object.entries(defines).flatMap(([name, value]) => ["--define", `${name} ${value}`]);
  await run("rpmbuild", ["-bb", "--quiet", "--target", `${architecture.rpm}-linux`, ...options, spec], "rpm");
  const made = join(work, "rpms", architecture.rpm);
  const [name = ""] = await fs.readdir(made);
  const file = join(output, basename(name));
  await fs.copyFile(join(made, name), file);
  return file;
}

/** The dependencies are what rpmbuild reads in the executable. */
async function specText({ version, seconds }: PackageInput, files: readonly PackageFile[]): Promise<string> {
  const scripts = await fs.readFile(join(import.meta.dirname, "rpm/scripts.spec"), "utf8");
  const date = new Date(seconds * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) .*/, "$1 $3 $2 $4");
  const listed = files.map(({ path, mode }) => {
    const kind = CONFIGURATION.includes(path)
      ? "%config(noreplace) "
      : path === LICENCES
        ? "%license "
        : path.includes("/man/")
          ? "%doc "
          : "";
    return `%attr(${mode.toString(8).padStart(4, "0")}, root, root) ${kind}${path}`;
  });
  return `Name: lodger
Version: ${version}
Release: 1
Summary: Guest agent that speaks qemu-ga's protocol
License: Apache-2.0
Group: System Environment/Daemons
Conflicts: qemu-guest-agent

%description
lodger runs in a virtual machine and does what the host asks: it freezes file
systems for a backup, runs programs, reads and writes files, tells of disks
and addresses, sets passwords and keys, and shuts down. libvirt, Proxmox and
KubeVirt use it as they use qemu-ga, whose options, configuration and state it
takes.

There is one port and one agent on it, so this takes qemu-guest-agent's place.

%install
mkdir -p %{buildroot}
cp -a %{lodger_tree}/. %{buildroot}/

%files
%attr(0755, root, root) ${PROGRAM}
%dir %attr(0755, root, root) /etc/lodger
${listed.join("\n")}

${scripts}
%changelog
* ${date} The lodger authors <lodger@localhost.localdomain> - ${version}-1
- Version ${version}.
`;
}
