/** A folder of manifests and programs, and what their commands do with real processes. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scriptPlugins } from "../../../core/extension/script/index.ts";
import { LinuxAccounts } from "../../../core/os/linux/accounts.ts";
import { LinuxChildProcesses } from "../../../core/os/linux/child-processes.ts";
import { LinuxProcesses } from "../../../core/os/linux/processes.ts";
import type { AnyCommand, AnyPlugin, CommandContext, PluginHost } from "../../../core/plugin.ts";
import { type Lines, recordingLog } from "../dispatch/agent-under-test.ts";

export class ScriptFolder {
  readonly path = mkdtempSync(join(tmpdir(), "lodger-scripts-"));
  readonly log: Lines = recordingLog();
  readonly #ports: Record<string, unknown>;

  /** @param restMs how long output that somebody still holds open is waited for. */
  constructor(restMs = 300) {
    chmodSync(this.path, 0o755);
    const children = new LinuxChildProcesses({ startMs: 10_000, silenceMs: restMs, restMs });
    this.#ports = { children, accounts: new LinuxAccounts(), processes: new LinuxProcesses(children) };
  }

  write(name: string, text: string | Uint8Array, mode = 0o755): string {
    const path = join(this.path, name);
    writeFileSync(path, text);
    chmodSync(path, mode); // whatever the umask
    return path;
  }

  /** Writes `NAME.toml` with a command of the same name, and the program beside it. @returns the path of the manifest. */
  script(name: string, program: string, more = ""): string {
    this.write(name, program);
    return this.manifest(name, more);
  }

  manifest(name: string, more = ""): string {
    return this.write(`${name}.toml`, `command = "guest-${name}"\nsummary = "Tests."\n${more}`, 0o644);
  }

  async load(name: string): Promise<AnyPlugin> {
    const source = scriptPlugins(this.path).find((found) => found.name === name);
    if (source === undefined) throw new Error(`there is no manifest ${name}`);
    return source.load();
  }

  /** As the agent does it: loaded, started, declared. */
  async command(name: string): Promise<AnyCommand> {
    const plugin = await this.load(name);
    const host: PluginHost<never> = {
      options: {} as never,
      log: this.log,
      signal: new AbortController().signal,
      stateFolder: () => Promise.reject(new Error("it has none")),
    };
    await plugin.start?.(this.#ports, host);
    const [command] = plugin.commands?.(this.#ports, host) ?? [];
    if (command === undefined) throw new Error("it has no command");
    return command;
  }

  /** @returns what runs the command, as the dispatcher does after validation. */
  async runner(name: string) {
    const command = await this.command(name);
    return async (args: object = {}, signal = new AbortController().signal): Promise<unknown> => command.run(args, this.context(signal));
  }

  async run(name: string, args: object = {}): Promise<unknown> {
    return (await this.runner(name))(args);
  }

  /** What the client reads of a failure; the result itself where there is none. */
  async outcome(name: string, args: object = {}): Promise<unknown> {
    return this.run(name, args).catch((error: Error) => error.message.replaceAll(this.path, "DIR"));
  }

  context(signal: AbortSignal): CommandContext {
    return {
      signal,
      log: this.log,
      scratch: (bytes) => new Uint8Array(bytes),
      confinement: () => undefined,
      afterAnswer: () => undefined,
    };
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
