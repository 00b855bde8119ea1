/** What is started: ours and the references, and what keeps them from harming the machine. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { onRuntime, RUNTIME } from "../runtimes/runtime.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../..");
/** Undefined for the bundle on another runtime. */
const EXECUTABLE = process.env.LODGER_EXECUTABLE ?? (RUNTIME === "node" ? "dist/lodger-linux-x64" : undefined);

/** @returns our agent's argument vector; words that are files of the project become absolute, since agents run in folders of their own. */
export function ours(): string[] {
  if (EXECUTABLE === undefined) return [...onRuntime(join(ROOT, "dist/lodger.cjs"))];
  const words = EXECUTABLE.split(/\s+/).filter((word) => word !== "");
  const command = words.map((word) => (existsSync(resolve(ROOT, word)) ? resolve(ROOT, word) : word));
  const [file = ""] = command;
  if (file.includes("/") && !existsSync(file)) throw new Error(`there is no ${file}: build it, or set LODGER_EXECUTABLE`);
  return command;
}

/**
 * @param layout a file that says how the agent's system looks; `{folder}` in it is the agent's private folder.
 * @returns the command in a mount namespace of its own, where the programs that end or suspend a machine are harmless.
 */
export function isolated(command: readonly string[], layout = "-"): string[] {
  return ["unshare", "--mount", "--propagation", "private", "--", process.execPath, join(HERE, "isolate.ts"), layout, ...command];
}

/** A variable with this value is left out. */
const UNSET = "{unset}";

/** What agents see of our environment: enough to run, nothing that could change an answer. */
export function environment(folder: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const all = {
    PATH: process.env.PATH ?? "/usr/bin:/bin",
    HOME: folder,
    LC_ALL: "C",
    TZ: "UTC",
    // Not the machine's own configuration; a missing file is fine.
    QGA_CONF: join(folder, "no-such.conf"),
    // Deno keeps what it has made of the bundle below HOME, and takes seconds to make it.
    ...(RUNTIME === "deno" && { DENO_DIR: join(ROOT, ".cache/deno") }),
    ...more,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== UNSET));
}
