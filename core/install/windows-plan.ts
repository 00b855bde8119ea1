/** What an installation on Windows consists of, as plain values. */
import { win32 } from "node:path";
import { parseCommandLine } from "../config/command-line.ts";
import { StartError } from "../config/start-error.ts";
import { PLACES } from "../os/places.ts";
import { parsed } from "./call.ts";
import type { Entry } from "./plan.ts";
import { commandLine } from "./windows-words.ts";

/** Not qemu-ga's QEMU-GA: both can be there, and taking one away must not take the other. */
export const SERVICE = "lodger";
export const SHOWN = "Lodger guest agent";
export const DESCRIPTION = "Answers the machine's host, in place of the QEMU guest agent.";

/** The word with which the service manager starts this program. */
export const SERVICE_WORD = "windows-service";

/** qemu-ga's own service, which opens the same port. */
export const OTHER = "QEMU-GA";

export const DATA_FOLDER = win32.dirname(PLACES.adminConfig);
export const RECORD = win32.join(PLACES.state, "install.json");

/** In the state folder: why the service could not start. */
export const REASON = "service-error.txt";

/** What Windows says of a file that may be written. */
const FILE_MODE = 0o666;

export interface WindowsCall {
  readonly dryRun: boolean;
  readonly takeOver: boolean;
  /** The executable's. */
  readonly folder: string;
  /** As the agent takes them. */
  readonly channel: readonly string[];
  /** Whether the channel is the one that qemu-ga opens. */
  readonly isUsualPort: boolean;
}

/** @param defaultPaths the methods that there are. @throws StartError */
export function parseWindowsInstall(args: readonly string[], defaultPaths: ReadonlyMap<string, string | undefined>): WindowsCall {
  const values = parsed("install", args, {
    "dry-run": { type: "boolean", default: false },
    "take-over": { type: "boolean", default: false },
    method: { type: "string", short: "m" },
    path: { type: "string", short: "p" },
    prefix: { type: "string", default: win32.join(process.env.ProgramFiles || "C:\\Program Files", "lodger") },
  });
  const { method = "virtio-serial", path, prefix } = values;
  if (!defaultPaths.has(method)) throw new StartError(`--method ${method}: known are ${[...defaultPaths.keys()].join(", ")}`);
  const usual = defaultPaths.get(method);
  if (path === undefined && usual === undefined) throw new StartError(`--method ${method} needs a --path: see 'lodger --help'`);
  if (/\p{Cc}/u.test(path ?? "")) throw new StartError("--path has a control character in it: name another");
  if (!/^[a-z]:\\/i.test(prefix)) throw new StartError(`--prefix ${prefix}: this has to begin with a drive, as C:\\Program Files\\lodger`);
  return {
    dryRun: values["dry-run"],
    takeOver: values["take-over"],
    folder: win32.resolve(prefix),
    channel: [...(values.method === undefined ? [] : ["-m", method]), ...(path === undefined ? [] : ["-p", path])],
    isUsualPort: method === "virtio-serial" && (path === undefined || path === usual),
  };
}

/** @param own how the program is started. @returns what the service manager starts. A port that isn't there yet is waited for. */
export function serviceCommand(own: readonly string[], args: readonly string[]): string {
  const { given } = parseCommandLine("lodger", args);
  const waits = given.some(({ option }) => option.name === "retry-path" || option.name === "method");
  return commandLine([...own, SERVICE_WORD, ...(waits ? [] : ["--retry-path"]), ...args]);
}

/**
 * Every file and folder, folders before what is in them. A folder's mode says who sees what is in it: 0700 administrators, 0755 everybody.
 * @param source the executable that runs; undefined where it is in its place.
 */
export function windowsEntries(program: string, source: string | undefined): readonly Entry[] {
  return [
    { kind: "folder", path: win32.dirname(program), mode: 0o755 },
    { kind: "folder", path: DATA_FOLDER, mode: 0o755 },
    { kind: "folder", path: PLACES.state, mode: 0o700 },
    { kind: "file", path: PLACES.adminConfig, mode: FILE_MODE, text: CONFIG, admin: true },
    ...(source === undefined ? [] : [{ kind: "program", path: program, mode: FILE_MODE, source } as const]),
  ];
}

/** Windows' paths have no case. */
export function isSamePath(some: string, other: string): boolean {
  return some.toLowerCase() === other.toLowerCase();
}

const CONFIG = `# What the host may do in this machine, and how lodger runs. Nothing is set here: then everything is allowed, as
# in qemu-ga. 'lodger config check' says what is wrong with this file, 'lodger policy explain COMMAND' which line
# decides. The agent reads it again when it changes. In "..." a \\ has to be \\\\; in '...' it is one.

# [agent]                          # options of the command line, without the dashes: lodger --help
# logfile = 'C:\\ProgramData\\lodger\\state\\lodger.log'

# [policy]
# profile = "standard"             # observe, backup, standard or full: lodger policy profiles
# allow = ["guest-get-users"]      # more commands
# block = ["guest-exec*"]          # a block always wins

# [audit]                          # one line for each command
# file = 'C:\\ProgramData\\lodger\\state\\audit.jsonl'
`;
