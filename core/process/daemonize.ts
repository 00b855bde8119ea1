/**
 * Going into the background. Node can't fork: the process starts itself again in a session of its own and waits until that one says
 * that its channel is open. So whoever started the agent learns from its exit status whether it runs, and reads why not.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import type { Readable } from "node:stream";
import { StartError } from "../config/start-error.ts";
import { inheritedEnvironment } from "../os/environment.ts";
import { ownProcess } from "../os/own-process.ts";
import { ownCommand } from "./self.ts";

/** Tells the second process what it is. */
const MARKER = "LODGER_DAEMON";
/** Where the second process says that it is ready; its standard error reaches the first one's until then. */
const READY_FD = 3;
const READY = "ready";

/** What the process in the background has to do. */
export interface Daemon {
  /**
   * Call it when the channel is open and the pid file locked: lets go of the terminal, the directory and the starting process,
   * which then ends with status 0. Until then whatever is written to standard error reaches the user, and an exit is a failure.
   */
  ready(): void;
}

/** Says whether this process was started by `startDaemon`. */
export function asDaemon(env: NodeJS.ProcessEnv = process.env): Daemon | undefined {
  if (env[MARKER] !== String(process.ppid)) return undefined;
  delete env[MARKER];
  ownProcess().setCloseOnExec(READY_FD);
  return {
    ready() {
      process.umask(0o077);
      process.chdir("/");
      const nowhere = openSync("/dev/null", "r+");
      for (const fd of [0, 1, 2]) ownProcess().dup2(nowhere, fd);
      closeSync(nowhere);
      writeSync(READY_FD, READY);
      closeSync(READY_FD);
    },
  };
}

/**
 * Starts the agent again in the background.
 * @returns the exit status for this process: 0 if the other one serves.
 * @throws StartError where the system has another way.
 */
export async function startDaemon(): Promise<number> {
  const { noDaemon } = ownProcess();
  if (noDaemon !== undefined) throw new StartError(noDaemon);
  const { spawn } = await import("node:child_process");
  const [program, ...args] = ownCommand(...process.argv.slice(2));
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "pipe"],
    env: { ...inheritedEnvironment(), [MARKER]: String(process.pid) },
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.once("SIGINT", forward).once("SIGTERM", forward);
  const ready = child.stdio[READY_FD] as Readable;
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`can't go into the background: ${error.message}`)));
    child.once("close", (status) => resolve(status === 0 || status === null ? 1 : status));
    ready.once("data", () => {
      child.unref();
      ready.destroy();
      resolve(0);
    });
  });
}
