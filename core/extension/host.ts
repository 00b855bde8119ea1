/** What each plugin is given beside what it needs. */
import { chmod, lstat, mkdir } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { failed } from "../errors.ts";
import type { Log } from "../log.ts";
import { osError } from "../os/errno.ts";
import type { AnyPlugin, PluginHost } from "../plugin.ts";
import type { Settings } from "../settings.ts";
import type { AgentState } from "../state.ts";

const FOLDER_MODE = 0o700;
const LASTING = "/var/lib/lodger/plugins";
/** What is gone when the machine starts anew. */
const VOLATILE = /^(\/var)?\/run(\/|$)/;

/** Not `node:fs/promises`, which is slow to load. */
const files = { mkdir: promisify(mkdir), chmod: promisify(chmod), lstat: promisify(lstat) };

/** For a plugin of the agent's own, which has neither options nor a state folder. */
export function builtInHost(plugin: AnyPlugin, log: Log): PluginHost<never> {
  return {
    options: {} as never,
    log,
    signal: new AbortController().signal,
    stateFolder: () => Promise.reject(failed(`plugin ${plugin.name} has no folder`)),
  };
}

/** @returns where plugins keep what outlives the agent: beside its own state, unless that doesn't outlive the machine's start. */
export function stateFolders({ stateDirectory }: Pick<Settings, "stateDirectory">): string {
  return VOLATILE.test(stateDirectory) ? LASTING : join(stateDirectory, "lodger-plugins");
}

export interface HostParts {
  readonly name: string;
  readonly options: unknown;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** The folder in which each plugin has its own. */
  readonly folders: string;
  readonly state: Pick<AgentState, "frozen">;
}

export function pluginHost({ name, options, log, signal, folders, state }: HostParts): PluginHost<never> {
  return { options: options as never, log, signal, stateFolder: () => makeFolder(join(folders, name), state) };
}

async function makeFolder(path: string, state: Pick<AgentState, "frozen">): Promise<string> {
  if (state.frozen) throw failed(`the folder ${path} can't be made while file systems are frozen`);
  try {
    await files.mkdir(path, { recursive: true, mode: FOLDER_MODE });
    const status = await files.lstat(path);
    if (!status.isDirectory()) throw failed(`${path} is no folder: remove it`);
    if ((status.mode & 0o777) !== FOLDER_MODE) await files.chmod(path, FOLDER_MODE);
  } catch (error) {
    throw error instanceof Error && error.name === "CommandError" ? error : osError(error, "mkdir");
  }
  return path;
}
