/** The system that is installed into, as far as an installation asks it or tells it something. */
import { spawnSync } from "node:child_process";
import { StartError } from "../config/start-error.ts";
import type { Command } from "./plan.ts";
import { Rooted } from "./rooted.ts";
import { shellWords } from "./shell-words.ts";

const PATIENCE_MS = 120_000;
/** A shell that was started by a service manager, or by nobody, may have none. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface Tried {
  readonly succeeded: boolean;
  readonly why: string;
}

export class TargetSystem {
  readonly root: Rooted;
  /** A mounted image: nothing runs in it, and nothing is run for it. */
  readonly isImage: boolean;

  constructor(folder: string) {
    this.root = new Rooted(folder);
    this.isImage = folder !== "/";
  }

  readonly exists = (path: string): boolean => this.root.exists(path);

  readonly linkTarget = (path: string): string | undefined =>
    this.root.status(path)?.isSymbolicLink() === true ? this.root.readLink(path) : undefined;

  try({ argv: [program, ...args] }: Command): Tried {
    const { status, signal, error, stderr } = spawnSync(program, args, {
      env: { ...process.env, PATH: process.env.PATH || PATH, LC_ALL: "C" },
      stdio: ["ignore", "ignore", "pipe"],
      timeout: PATIENCE_MS,
      encoding: "utf8",
    });
    if (status === 0) return { succeeded: true, why: "" };
    const said = stderr?.trim().split("\n").at(-1) ?? "";
    const why = error ? error.message : `it ended with ${signal ?? `status ${status}`}${said === "" ? "" : `: ${said}`}`;
    return { succeeded: false, why };
  }

  /** @throws StartError for the first that fails and may not. */
  run(commands: readonly Command[]): void {
    for (const command of commands) {
      const { succeeded, why } = this.try(command);
      if (succeeded || command.mayFail) continue;
      throw new StartError(`'${shellWords(command.argv)}' failed: ${why}; put that right and give the same command again`);
    }
  }
}

/** @throws StartError if files of the system can't be written by who runs this. */
export function needRoot(what: string): void {
  if (process.geteuid?.() === 0) return;
  throw new StartError(`lodger ${what} has to be run by root: 'sudo lodger ${what}'; with --dry-run anybody can see what it would do`);
}
