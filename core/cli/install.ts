/** `lodger install` and `lodger uninstall`: into this system, or into an image that is mounted in a folder. */
import { StartError } from "../config/start-error.ts";
import { type InstallCall, parseInstall, parseUninstall } from "../install/call.ts";
import { carryOut, type Installation, prepareInstall } from "../install/install.ts";
import type { Command, Entry } from "../install/plan.ts";
import { shellWords } from "../install/shell-words.ts";
import { needRoot, TargetSystem } from "../install/system.ts";
import { carryOutRemoval, prepareUninstall, type Removal } from "../install/uninstall.ts";
import { Untrusted } from "../trusted-file.ts";
import type { SubcommandInput } from "./subcommand.ts";

const INSTALL_HELP = `lodger install [OPTION]...: puts this executable into place and has the system start it: with
systemd when the host's port appears, else at boot. Giving it again changes nothing, or brings a
newer lodger.

      --dry-run       print every file and every command, and do nothing
      --take-over     stop qemu-ga, which serves the same port, and keep it from starting;
                      'lodger uninstall' gives the port back to it
  -m, --method=METHOD how the host reaches the agent (virtio-serial), and
  -p, --path=PATH     where: as the agent takes them
      --confine       for a policy of profile standard or less: the service can do little else
                      (systemd; see 'lodger policy profiles')
      --prefix=DIR    put the executable into DIR/sbin (/usr/local)
      --service=NAME  systemd, openrc, runit or launchd (the one that runs here)
      --root=DIR      install into the system that is mounted in DIR; nothing is run

What was written is listed in /var/lib/lodger/install.json. A lodger.toml that is there stays.
Example: lodger install --dry-run --take-over
`;

const UNINSTALL_HELP = `lodger uninstall [OPTION]...: takes away what 'lodger install' has put there, and gives the port
back to the agent that had it. A file that was changed since stays.

      --dry-run       print what would be removed, and do nothing
      --purge         remove changed files too, lodger.toml among them
      --root=DIR      from the system that is mounted in DIR; nothing is run
`;

export function installCommand(input: SubcommandInput): number | Promise<number> {
  if (process.platform === "win32") return import("./windows-install.ts").then(({ installOnWindows }) => installOnWindows(input));
  const { args, defaultPaths, write } = input;
  if (isHelp(args)) {
    write(INSTALL_HELP);
    return 0;
  }
  const call = parseInstall(args, defaultPaths);
  if (!call.dryRun) needRoot("install");
  return explained(() => {
    const system = new TargetSystem(call.root);
    const installation = prepareInstall(call, system);
    if (call.dryRun) {
      write(shownInstallation(installation));
      return 0;
    }
    carryOut(
      installation,
      system,
      (commands) => system.run(commands),
      (line) => write(`${line}\n`),
    );
    write(`${ended(installation, call)}\n`);
    return 0;
  });
}

export function uninstallCommand(input: SubcommandInput): number | Promise<number> {
  if (process.platform === "win32") return import("./windows-install.ts").then(({ uninstallOnWindows }) => uninstallOnWindows(input));
  const { args, write } = input;
  if (isHelp(args)) {
    write(UNINSTALL_HELP);
    return 0;
  }
  const call = parseUninstall(args);
  if (!call.dryRun) needRoot("uninstall");
  return explained(() => {
    const system = new TargetSystem(call.root);
    const removal = prepareUninstall(call, system);
    if (call.dryRun) write(shownRemoval(removal));
    else
      carryOutRemoval(
        removal,
        system,
        (commands) => system.run(commands),
        (line) => write(`${line}\n`),
      );
    return 0;
  });
}

function ended({ steps, obsolete, record: { service, program } }: Installation, { root }: InstallCall): string {
  if (obsolete.length === 0 && !steps.some(({ does }) => does === "write")) return "nothing to change: all of it is there already";
  return root === "/"
    ? `lodger is installed: ${program}, started by ${service}`
    : `lodger is installed in ${root}: ${service} will start ${program}`;
}

/** Every file with its content, and every command, in order. */
export function shownInstallation({ steps, obsolete, removedLinks, stop, start }: Installation): string {
  return [
    ...stop.map(shownCommand),
    ...obsolete.map(({ path }) => `remove ${path}, unless it has changed\n`),
    ...steps.map(({ entry, does }) =>
      does === "write" ? shownEntry(entry) : `${does === "keep" ? "keep, as it is yours:" : "there already:"} ${entry.path}\n`,
    ),
    ...removedLinks.map(({ path }) => `remove ${path}\n`),
    ...start.map(shownCommand),
  ].join("");
}

function shownEntry(entry: Entry): string {
  switch (entry.kind) {
    case "folder":
      return `folder ${entry.path}, mode ${octal(entry.mode)}\n`;
    case "link":
      return `link ${entry.path} -> ${entry.target}\n`;
    case "program":
      return `file ${entry.path}, mode ${octal(entry.mode)}: a copy of ${entry.source}\n`;
    case "file":
      return `file ${entry.path}, mode ${octal(entry.mode)}:\n${entry.text.replace(/^(?=.)/gm, "    ")}`;
  }
}

function shownRemoval({ remove, keep, stop, restored, forget }: Removal): string {
  return [
    ...stop.map(shownCommand),
    ...remove.map(({ kind, path }) => (kind === "folder" ? `remove the folder ${path}, if it is empty\n` : `remove ${path}\n`)),
    ...keep.map(({ path }) => `keep ${path}, which has changed since it was installed: --purge removes it too\n`),
    ...restored.map(({ path, target }) => `link ${path} -> ${target}\n`),
    ...forget.map(shownCommand),
  ].join("");
}

function shownCommand({ argv }: Command): string {
  return `run ${shellWords(argv)}\n`;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

export function isHelp(args: readonly string[]): boolean {
  return args.includes("--help") || args.includes("-h");
}

/** What root can put right is shown as a line, not as a stack. */
function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StartError) throw error;
    if (error instanceof Untrusted) throw new StartError(error.message, { cause: error });
    if (error instanceof Error && "code" in error && "path" in error)
      throw new StartError(`${error.message}; put that right and give the same command again`, { cause: error });
    throw error;
  }
}
