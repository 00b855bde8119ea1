/** Steps of scenarios that start programs. */
import { SCRIPTS } from "./harmless-programs.ts";
import type { Step } from "./scenario.ts";
import { request } from "./table.ts";

const SAFE = "programs that only print, in a mount namespace where nothing can end the machine";

/** @param more further members, as JSON. */
export function run(path: string, more = ""): Step {
  return { ask: request("guest-exec", `{"path":"${path}"${more === "" ? "" : `,${more}`}}`), lines: 1, safe: SAFE };
}

export function script(name: keyof typeof SCRIPTS, more = ""): Step {
  return run("/bin/sh", `"arg":["-c","${SCRIPTS[name]}"]${more === "" ? "" : `,${more}`}`);
}

/** What the last one left, when it has ended. */
export const ended: Step = {
  ask: request("guest-exec-status", '{"pid":{p}}'),
  lines: 1,
  until: /"exited": true|PID|'pid'|CommandNotFound/,
};

export const status = (pid: string): Step => ({ ask: request("guest-exec-status", `{"pid":${pid}}`), lines: 1 });

export const CAPTURED = '"capture-output":true';
