import type { Settings } from "../settings.ts";
import { freezeEntries } from "./freeze-options.ts";
import { formatKeyFile } from "./keyfile.ts";
import { defaultOf, GROUP } from "./options.ts";

/** Settings as the text of a configuration file, as qemu-ga prints them: what is off by default is left out, ours come last. */
export function dumpSettings(settings: Settings): string {
  return formatKeyFile([[GROUP, dumpedSettings(settings)]]);
}

/** Keys and values of that file. */
export function dumpedSettings(settings: Settings): readonly (readonly [key: string, value: string])[] {
  const { tls, vsockPeers } = settings;
  const entries: readonly (readonly [string, string | undefined])[] = [
    ["daemon", String(settings.daemon)],
    ["method", settings.method],
    ["path", settings.path],
    ["logfile", settings.logFile],
    ["pidfile", settings.pidFile],
    ["fsfreeze-hook", settings.fsfreezeHook],
    ["statedir", settings.stateDirectory],
    ["verbose", String(settings.verbose)],
    ["retry-path", String(settings.retryPath)],
    ["block-rpcs", settings.blockRpcs.join(",")],
    ["allow-rpcs", settings.allowRpcs.join(",")],
    ["tls-cert", tls?.certificate],
    ["tls-key", tls?.key],
    ["tls-ca", tls?.authorities],
    ["vsock-peers", vsockPeers === "any" ? vsockPeers : vsockPeers?.join(",")],
    ["plugin", settings.plugins.length === 0 ? undefined : settings.plugins.join(",")],
    ["plugins", settings.pluginFolder === defaultOf("plugins") ? undefined : settings.pluginFolder],
    ["scripts", settings.scriptFolder === defaultOf("scripts") ? undefined : settings.scriptFolder],
    ...freezeEntries(settings.freeze),
  ];
  return entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
}
