/** Whether the files and folders are there that a configuration speaks of. */
import { type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import type { AdminConfig } from "../config/admin-config.ts";
import { defaultOf, type OptionName } from "../config/options.ts";
import type { Problems } from "../config/problems.ts";
import { COMMAND_LINE, type Resolved } from "../config/settings.ts";

export function checkPlaces({ audit, places }: AdminConfig, { settings, originOf }: Resolved, problems: Problems): void {
  const option = (name: OptionName) => originOf(name) ?? { file: `the default of --${name}` };
  const folder = (path: string) => status(path)?.isDirectory() === true;
  const file = (name: OptionName, path: string | undefined) => {
    if (path !== undefined && status(path)?.isFile() !== true)
      problems.error(option(name), `there is no file '${path}', which --${name} names`);
  };
  // The last of them the agent makes.
  if (audit.file !== undefined && !folder(dirname(dirname(audit.file)))) {
    const parent = dirname(audit.file);
    problems.error(
      places.get("audit.file") ?? COMMAND_LINE,
      `the folder '${parent}' of the audit is not there: mkdir -p -m 0700 '${parent}'`,
    );
  }
  if (!folder(settings.stateDirectory)) {
    problems.error(
      option("statedir"),
      `the state folder '${settings.stateDirectory}' is not there: make it, or name another with --statedir`,
    );
  }
  if (settings.logFile !== undefined && !folder(dirname(settings.logFile))) {
    problems.error(option("logfile"), `the folder of the log file '${settings.logFile}' is not there: make it`);
  }
  file("tls-cert", settings.tls?.certificate);
  file("tls-key", settings.tls?.key);
  file("tls-ca", settings.tls?.authorities);
  const hook = settings.fsfreezeHook;
  if (hook !== undefined && status(hook) === undefined) {
    problems.warning(option("fsfreeze-hook"), `there is no program '${hook}': a freeze goes on without it`);
  }
  const folders = { plugins: settings.pluginFolder, scripts: settings.scriptFolder, "freeze-hooks": settings.freeze.hookFolder } as const;
  for (const name of ["plugins", "scripts", "freeze-hooks"] as const) {
    const path = folders[name];
    if (path !== defaultOf(name) && !folder(path)) problems.warning(option(name), `there is no folder '${path}', which --${name} names`);
  }
}

function status(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
