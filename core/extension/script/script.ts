/** A script's command: its turn, its program's start, and what came of it. */
import { constants } from "node:os";
import { CommandError, failed } from "../../errors.ts";
import type { Accounts } from "../../os/accounts.ts";
import type { ChildEnd, ChildProcesses } from "../../os/child-processes.ts";
import type { Processes } from "../../os/ports.ts";
import type { CommandContext } from "../../plugin.ts";
import { AnswerText, base64Text } from "../../protocol/encode.ts";
import { environmentOf, searchPathOf } from "./environment.ts";
import type { Identity } from "./identity.ts";
import type { Manifest } from "./manifest.ts";
import { checkedProgram } from "./program.ts";
import { BadOutput, parseOutput, resultOf } from "./result.ts";
import { ScriptProcess, Stopped } from "./script-process.ts";
import { Turns } from "./turns.ts";

export interface ScriptPorts {
  readonly children: ChildProcesses;
  readonly accounts: Accounts;
  readonly processes: Processes;
}

/** Of what a script says about its failure, to the client. */
const ERROR_CHARACTERS = 1000;

export class Script {
  readonly #manifest: Manifest;
  readonly #ports: ScriptPorts;
  readonly #identity: Identity | undefined;
  readonly #turns: Turns;

  /** @param identity if it runs as a certain user. */
  constructor(manifest: Manifest, ports: ScriptPorts, identity: Identity | undefined) {
    this.#manifest = manifest;
    this.#ports = ports;
    this.#identity = identity;
    this.#turns = new Turns(manifest.command, manifest.concurrency);
  }

  /**
   * @param args as the command is handed them. @param stop fires when the plugin ends.
   * @throws CommandError for whatever goes wrong with the script; the log has more of it.
   */
  async run(args: Readonly<Record<string, unknown>>, context: CommandContext, stop: AbortSignal): Promise<unknown> {
    const { command } = this.#manifest;
    const endTurn = await this.#turns.take(context.signal);
    let process: ScriptProcess | undefined;
    try {
      process = await this.#start(args, context, stop);
      return this.#answer(await process.finished(), process.output, context);
    } catch (error) {
      if (error instanceof CommandError) throw error;
      const reason = (error as Error).message;
      if (!(error instanceof Stopped && context.signal.aborted)) context.log.warning(`${command}: ${reason}`);
      throw failed(`Command ${command} failed: ${reason}`);
    } finally {
      // What could not be ended still takes its turn.
      if (process === undefined) endTurn();
      else void process.gone.then(endTurn);
    }
  }

  /** @throws Error saying why it can't be started. */
  async #start(args: Readonly<Record<string, unknown>>, context: CommandContext, stop: AbortSignal): Promise<ScriptProcess> {
    const manifest = this.#manifest;
    const account = await this.#identity?.account();
    const program = checkedProgram(manifest.program, searchPathOf(manifest));
    const own = [program, ...manifest.args] as const;
    const argv = account === undefined ? own : await this.#identity?.command(account, program, manifest.args);
    const input = inputOf({ ...Object.fromEntries(manifest.defaults), ...args });
    const environment = environmentOf(manifest, account);
    return ScriptProcess.start(this.#ports.children, argv ?? own, {
      environment,
      input,
      manifest,
      log: context.log,
      signals: [context.signal, stop],
    });
  }

  #answer(end: ChildEnd, output: Uint8Array, { log }: CommandContext): unknown {
    const { command, returns } = this.#manifest;
    if (end.status === 0) return resultOf(parseOutput(output), returns);
    const how = howItEnded(end);
    const said = saidError(output);
    if (said === undefined) throw new Error(how);
    log.info(`${command}: ${how}`);
    throw failed(said);
  }
}

/** One line of ASCII. */
function inputOf(args: Readonly<Record<string, unknown>>): Buffer {
  const text = new AnswerText().value(args).append("\n").finish();
  const parts = typeof text === "string" ? [text] : text;
  return Buffer.from(parts.map((part) => (typeof part === "string" ? part : base64Text(part, 0, part.length))).join(""), "latin1");
}

function howItEnded({ status, signal }: ChildEnd): string {
  if (status !== undefined) return `exit status ${status}`;
  const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
  return signal === undefined ? "its end was not seen" : `ended by ${name ?? `signal ${signal}`}`;
}

/** `{"error": "text"}`, by which a script that fails tells the client why. */
function saidError(output: Uint8Array): string | undefined {
  try {
    const value = parseOutput(output);
    const text = typeof value === "object" && value !== null && "error" in value ? value.error : undefined;
    return typeof text === "string" && text.trim() !== "" ? text.trim().slice(0, ERROR_CHARACTERS) : undefined;
  } catch (error) {
    if (error instanceof BadOutput) return undefined;
    throw error;
  }
}
