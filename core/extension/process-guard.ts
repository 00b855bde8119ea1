/**
 * What a plugin in the agent's process must not do to it, as far as that can be held: end it, change what all of it shares, or take it down by
 * an error that nobody caught. Plugins can get around it: who isn't trusted that far is isolated.
 */
import { writeSync } from "node:fs";
import { format } from "node:util";
import type { Log } from "../log.ts";
import { type Activity, activityText, caller, culprit, working } from "./culprit.ts";
import { shownError, stackOf } from "./guard.ts";
import { oneLine, thrownText } from "./module-errors.ts";

/** Whom to tell of what was prevented; undefined if there is no such plugin any more. */
export type Caught = (plugin: string) => { readonly log: Log; caught(what: string): void } | undefined;

const ENDING = ["exit", "reallyExit", "abort"] as const;
const SHARED = ["chdir", "umask", "setuid", "setgid", "seteuid", "setegid", "setgroups", "initgroups", "setSourceMapsEnabled"] as const;
const CONSOLE = { log: "message", info: "info", warn: "warning", error: "error", debug: "debug", trace: "debug" } as const;
const FAILED = 1;

type Any = (...args: unknown[]) => unknown;

let installed = false;

/** For the rest of the process: a plugin that was stopped may have left timers. */
export function guardProcess(caught: Caught, log: Log): void {
  if (installed) return;
  installed = true;
  const functions = process as unknown as Record<string, Any>;
  const { reallyExit } = functions;
  for (const name of [...ENDING, ...SHARED]) {
    const original = functions[name];
    if (typeof original !== "function") continue;
    functions[name] = (...args) => {
      // Asking for the mask is nobody's harm.
      const who = name === "umask" && args.length === 0 ? undefined : caller();
      if (who) refuse(who, `process.${name}()`, caught, log);
      return original.apply(process, args);
    };
  }
  const kill = process.kill.bind(process);
  process.kill = (pid, signal) => {
    const who = isSelf(pid) && signal !== 0 ? caller() : undefined;
    if (who) refuse(who, `process.kill(${pid})`, caught, log);
    return kill(pid, signal);
  };
  redirectConsole(caught);
  process.on("uncaughtException", (error: unknown) => faulted(error, "an error that nobody caught", caught, log, reallyExit));
  process.on("unhandledRejection", (error: unknown) => faulted(error, "a rejected promise that nobody handled", caught, log, reallyExit));
}

/** Also by the numbers of process groups that it is in. */
function isSelf(pid: number): boolean {
  return pid === process.pid || pid === 0 || pid === -1 || pid === -process.pid;
}

function refuse(who: Activity, what: string, caught: Caught, log: Log): never {
  const plugin = caught(who.plugin);
  plugin?.caught(`${who.what} called ${what}`);
  (plugin?.log ?? log).error(`${activityText(who)}, called ${what}, which was refused: it would concern the whole agent`);
  throw new Error(`${what} is refused in a plugin: it would concern the whole agent`);
}

function faulted(error: unknown, what: string, caught: Caught, log: Log, exit: Any | undefined): void {
  const who = culprit(stackOf(error));
  if (who) {
    const plugin = caught(who.plugin);
    const text = oneLine(thrownText(error));
    plugin?.caught(`${who.what}: ${what}: ${text}`);
    (plugin?.log ?? log).error(`${activityText(who)}: ${what}: ${shownError(error, text)}`);
    return;
  }
  // A fault of the agent's own ends it, as without plugins.
  writeSync(2, `lodger: ${what}: ${stackOf(error) ?? thrownText(error)}\n`);
  exit?.call(process, FAILED);
}

/** A daemon's standard output is for nobody, and writing to a pipe that is full waits. */
function redirectConsole(caught: Caught): void {
  for (const [name, level] of Object.entries(CONSOLE)) {
    const key = name as keyof typeof CONSOLE;
    const original: Any = console[key].bind(console);
    console[key] = (...args: unknown[]) => {
      const who = working() ?? caller();
      if (!who) return void original(...args);
      const log = caught(who.plugin)?.log;
      if (!log) return;
      try {
        log[level](format(...args));
      } catch (error) {
        log.warning(`what it gave to console.${name} can't be shown: ${oneLine(thrownText(error))}`);
      }
    };
  }
}
