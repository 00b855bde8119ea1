/** The service on Windows: `lodger --service=install|uninstall`, and what the service manager then starts. */
import { rmSync, writeFileSync } from "node:fs";
import { win32 } from "node:path";
import type { SubcommandInput } from "../cli/subcommand.ts";
import { startReader } from "../config/start.ts";
import { StartError } from "../config/start-error.ts";
import { PLACES } from "../os/places.ts";
import { OsError } from "../os/ports.ts";
import { becomeService } from "../os/windows/service.ts";
import { createService, deleteService } from "../os/windows/service-manager.ts";
import { ownCommand } from "../process/self.ts";
import { runAgent } from "../run.ts";
import { DESCRIPTION, REASON, SERVICE, SERVICE_WORD, SHOWN, serviceCommand } from "./windows-plan.ts";

/** What of the second in which an agent ends the manager is told in: a process that ends untold has failed for it. */
const TOLD_WITHIN_MS = 600;
const FAILED = 1;
const ACCESS_DENIED = 5;
const EXISTS = 1073;

/** @param args as the agent takes them; the service gets them, without --service. */
export async function serviceAction(action: string | undefined, args: readonly string[], write: (text: string) => void): Promise<number> {
  switch (action) {
    case "install":
      return installService(withoutService(args), write);
    case "uninstall":
      return uninstallService(write);
    case "vss-install":
    case "vss-uninstall":
      throw new StartError(`--service ${action}: lodger has no VSS provider, so nothing is to be installed or removed for it`);
    default:
      throw new StartError(`--service ${action}: this is install or uninstall`);
  }
}

export function installService(args: readonly string[], write: (text: string) => void): number {
  const command = serviceCommand(ownCommand(), args);
  explained("install", () => createService({ name: SERVICE, shown: SHOWN, description: DESCRIPTION, command }));
  write(`the service '${SERVICE}' is installed: ${command}\nit starts with Windows; now: sc start ${SERVICE}\n`);
  return 0;
}

export async function uninstallService(write: (text: string) => void): Promise<number> {
  const was = await deleteService(SERVICE).catch((error: unknown) => explained("uninstall", () => throwing(error)));
  write(was ? `the service '${SERVICE}' is removed\n` : `there is no service '${SERVICE}'\n`);
  return 0;
}

/** As the service manager starts it. */
export async function runService(input: SubcommandInput): Promise<number> {
  const service = await becomeService(SERVICE, () => {
    setTimeout(() => void service?.stopped(0), TOLD_WITHIN_MS);
    if (!process.emit("SIGTERM", "SIGTERM")) void service?.stopped(0).then(() => process.exit(0));
  });
  if (service === undefined) throw new StartError(`${SERVICE_WORD}: this is for Windows' service manager: 'lodger --service install'`);
  let folder = PLACES.state;
  try {
    process.chdir(win32.dirname(process.execPath)); // not the system's folder, from which it starts
    const read = startReader(input);
    const start = await read();
    if (start.action !== "run") throw new StartError(`a service can't do what its options ask for (${start.action}): install it anew`);
    folder = start.settings.stateDirectory;
    rmSync(win32.join(folder, REASON), { force: true });
    service.running();
    const status = await runAgent(input.agent, start, read);
    await service.stopped(status);
    return status;
  } catch (error) {
    leaveReason(folder, error);
    await service.stopped(FAILED);
    throw error;
  }
}

/** Nobody sees what a service prints. */
function leaveReason(folder: string, error: unknown): void {
  const text = error instanceof StartError ? error.lines.join("\n") : String((error as Error)?.stack ?? error);
  try {
    writeFileSync(win32.join(folder, REASON), `${text}\n`);
  } catch {
    // Where there is no such folder, that is the reason most likely; a start by hand tells it.
  }
}

/** qemu-ga's spellings: -s ACTION, -sACTION, --service ACTION, --service=ACTION, and abbreviations of the long one. */
function withoutService(args: readonly string[]): readonly string[] {
  const left: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? "";
    if (word === "-s" || /^--s[ervic]*e?$/.test(word)) at += 1;
    else if (!/^(-s.|--s[ervic]*e?=)/.test(word)) left.push(word);
  }
  return left;
}

function explained<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    const advice =
      error.errno === ACCESS_DENIED
        ? "; give the command as an administrator"
        : error.errno === EXISTS
          ? "; 'lodger --service uninstall' removes it"
          : "";
    throw new StartError(`--service ${what}: ${error.message.replace(/\.$/, "")}${advice}`, { cause: error });
  }
}

function throwing(error: unknown): never {
  throw error;
}
