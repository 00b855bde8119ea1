/** `lodger install` and `lodger uninstall` on Windows. */
import { StartError } from "../config/start-error.ts";
import { parsed } from "../install/call.ts";
import { ownExecutable } from "../install/install.ts";
import type { Entry } from "../install/plan.ts";
import { carryOutOnWindows, prepareWindowsInstall, type WindowsInstallation } from "../install/windows-install.ts";
import { parseWindowsInstall, SERVICE } from "../install/windows-plan.ts";
import { carryOutWindowsRemoval, prepareWindowsUninstall, type WindowsRemoval } from "../install/windows-uninstall.ts";
import { OsError } from "../os/ports.ts";
import { checkMayManage } from "../os/windows/service-manager.ts";
import { Untrusted } from "../trusted-file.ts";
import { isHelp } from "./install.ts";
import type { SubcommandInput } from "./subcommand.ts";

const INSTALL_HELP = `lodger install [OPTION]...: puts this executable into place and has Windows start it as a
service. Giving it again changes nothing, or brings a newer lodger. Needs an administrator.

      --dry-run       print every file and every service, and do nothing
      --take-over     stop the service QEMU-GA, which opens the same port, and keep it from
                      starting; 'lodger uninstall' gives the port back to it
  -m, --method=METHOD how the host reaches the agent (virtio-serial), and
  -p, --path=PATH     where: as the agent takes them
      --prefix=DIR    put the executable into DIR (C:\\Program Files\\lodger)

What was written is listed in %ProgramData%\\lodger\\state\\install.json. A lodger.toml that is there stays.
Example: lodger install --dry-run --take-over
`;

const UNINSTALL_HELP = `lodger uninstall [OPTION]...: takes away what 'lodger install' has put there, and gives the port
back to the agent that had it. A file that was changed since stays. Needs an administrator.

      --dry-run       print what would be removed, and do nothing
      --purge         remove changed files too, lodger.toml among them
`;

const ACCESS_DENIED = 5;
const TO_BE_DELETED = 1072;

export async function installOnWindows({ args, defaultPaths, write }: SubcommandInput): Promise<number> {
  if (isHelp(args)) {
    write(INSTALL_HELP);
    return 0;
  }
  const call = parseWindowsInstall(args, defaultPaths);
  return explained("install", async () => {
    if (!call.dryRun) checkMayManage();
    const installation = prepareWindowsInstall(call, ownExecutable());
    if (call.dryRun) write(shownInstallation(installation));
    else {
      await carryOutOnWindows(installation, (line) => write(`${line}\n`));
      write(`${ended(installation)}\n`);
    }
  });
}

export async function uninstallOnWindows({ args, write }: SubcommandInput): Promise<number> {
  if (isHelp(args)) {
    write(UNINSTALL_HELP);
    return 0;
  }
  const { "dry-run": dryRun, purge } = parsed("uninstall", args, {
    "dry-run": { type: "boolean", default: false },
    purge: { type: "boolean", default: false },
  });
  return explained("uninstall", async () => {
    if (!dryRun) checkMayManage();
    const removal = prepareWindowsUninstall(purge);
    if (dryRun) write(shownRemoval(removal));
    else await carryOutWindowsRemoval(removal, (line) => write(`${line}\n`));
  });
}

function ended({ steps, obsolete, service, other, start, record }: WindowsInstallation): string {
  const isSame = obsolete.length === 0 && other === undefined && service === "nothing" && !start;
  return isSame && !steps.some(({ does }) => does === "write")
    ? "nothing to change: all of it is there already"
    : `lodger is installed: ${record.program}, started by the service ${SERVICE}`;
}

export function shownInstallation({ steps, obsolete, other, service, command, stop, start }: WindowsInstallation): string {
  const verb = { create: "make the service", change: "change the service", nothing: "there already: the service" }[service];
  return lines([
    stop && `stop the service ${SERVICE}`,
    other && `stop the service ${other.name}, and keep it from starting`,
    ...obsolete.map(({ path }) => `remove ${path}, unless it has changed`),
    ...steps.map(({ entry, does }) =>
      does === "write" ? shownEntry(entry) : `${does === "keep" ? "keep, as it is yours:" : "there already:"} ${entry.path}`,
    ),
    `${verb} ${SERVICE}, which starts with Windows, and five seconds after a failure: ${command}`,
    start && `start the service ${SERVICE}`,
  ]);
}

function shownEntry(entry: Entry): string {
  switch (entry.kind) {
    case "folder":
      return `folder ${entry.path}, which only administrators can ${entry.mode === 0o700 ? "open" : "change"}`;
    case "program":
      return `file ${entry.path}: a copy of ${entry.source}`;
    case "file":
      return `file ${entry.path}:\n${entry.text.replace(/^(?=.)/gm, "    ").trimEnd()}`;
    case "link":
      return `link ${entry.path} -> ${entry.target}`;
  }
}

export function shownRemoval({ remove, keep, hasService, other }: WindowsRemoval): string {
  return lines([
    hasService && `stop and remove the service ${SERVICE}`,
    ...remove.map(({ kind, path }) => (kind === "folder" ? `remove the folder ${path}, if it is empty` : `remove ${path}`)),
    ...keep.map(({ path }) => `keep ${path}, which has changed since it was installed: --purge removes it too`),
    other && `let the service ${other.name} start again${other.ran ? ", and start it" : ""}`,
  ]);
}

function lines(each: readonly (string | false | undefined)[]): string {
  return each.flatMap((line) => (line === false || line === undefined ? [] : `${line}\n`)).join("");
}

/** What an administrator can put right is shown as a line, not as a stack. */
async function explained(word: string, work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    if (error instanceof StartError) throw error;
    if (error instanceof Untrusted) throw new StartError(error.message, { cause: error });
    if (error instanceof OsError)
      throw new StartError(`${error.call}: ${error.message} ${adviceFor(error.errno, word)}`.trim(), { cause: error });
    if (error instanceof Error && "code" in error && "path" in error)
      throw new StartError(`${error.message}; put that right and give the same command again`, { cause: error });
    throw error;
  }
}

function adviceFor(errno: number, word: string): string {
  switch (errno) {
    case ACCESS_DENIED:
      return `'lodger ${word}' has to be given by an administrator: in a window that was opened with "Run as administrator"`;
    case TO_BE_DELETED:
      return "Close the window of Windows' services, and give the same command again";
    default:
      return "";
  }
}
