/** `lodger call TARGET COMMAND [JSON]`: one command to a guest, from the host. */

import { Buffer } from "node:buffer";
import { parseArgs } from "node:util";
import type { TlsSettings } from "../settings.ts";
import { CallError } from "./call-error.ts";
import { type Answer, GuestClient } from "./client.ts";
import { indented, objectMembers, terminalSafe } from "./json-text.ts";
import type { SubcommandInput } from "./subcommand.ts";
import { connect, connectionError, parseTarget, type Target } from "./target.ts";

/** The streams of a process, or a test's. */
export interface CallStreams {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** Success takes their channel away, so nothing is answered. */
const SILENT_COMMANDS: ReadonlySet<string> = new Set(["guest-shutdown", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid"]);
/** How long such a command has for an error, in milliseconds. */
const SILENCE_MS = 2000;
const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_ERROR_CHARACTERS = 4096;

const HELP = `lodger call TARGET COMMAND [JSON]: asks the agent in a guest, and prints what it returns.

  TARGET    the socket of the guest's chardev, or of an agent; or HOST:PORT, [IPV6]:PORT;
            vsock:CID:PORT, or vsock:PATH:PORT by a hypervisor's socket for its guest's vsock
  COMMAND   'guest-info' lists what the agent knows
  JSON      the arguments, an object; '-' reads it from standard input

      --pretty             a member a line, not the text as the guest sent it
      --timeout=SECONDS    give up after this time, 0 for never (30)
      --no-answer          the command answers only errors: wait 2 s for one; known of
                           guest-shutdown and guest-suspend-*
      --tls-cert=FILE      mutual TLS to HOST:PORT: PEM certificate of this client,
      --tls-key=FILE       its private key,
      --tls-ca=FILE        and the authority of the agent's certificate
  -h, --help               print this, and exit

The status is 0 if the command succeeded, else 1 with the error on standard error.

Example: lodger call /run/guest.sock guest-file-open '{"path": "/etc/hostname"}'
`;

interface Call {
  readonly target: Target;
  readonly command: string;
  readonly arguments: string | undefined;
  readonly pretty: boolean;
  readonly answers: boolean;
  readonly timeoutSeconds: number;
  readonly tls: TlsSettings | undefined;
}

/**
 * @param args what follows the word `call`.
 * @returns the exit status: 0, or 1 after a line on standard error.
 */
export function callCommand({ args }: SubcommandInput): Promise<number> {
  return call(args, process);
}

export async function call(args: readonly string[], streams: CallStreams): Promise<number> {
  try {
    const parsed = parseCall(args);
    if (parsed === "help") {
      streams.stdout.write(HELP);
      return 0;
    }
    const argumentsJson = parsed.arguments === "-" ? await readAll(streams.stdin) : parsed.arguments;
    if (argumentsJson !== undefined && objectMembers(argumentsJson) === undefined) {
      throw new CallError(`the arguments have to be a JSON object, like '{"path": "/etc/hostname"}'`);
    }
    const answer = await converse({ ...parsed, arguments: argumentsJson });
    if (answer?.kind === "error") throw new CallError(`${parsed.command}: ${answer.text.slice(0, MAX_ERROR_CHARACTERS)}`);
    if (answer !== undefined && parsed.answers) {
      const json = terminalSafe(answer.json);
      streams.stdout.write(`${parsed.pretty ? indented(json) : json}\n`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    streams.stderr.write(`lodger: ${error.message}\n`);
    return 1;
  }
}

function parseCall(args: readonly string[]): Call | "help" {
  const { values, positionals } = parseCallArguments(args);
  if (values.help) return "help";
  const [target, command, json, ...others] = positionals;
  if (target === undefined || command === undefined) throw new CallError("call needs TARGET and COMMAND: try 'lodger call --help'");
  if (others.length > 0) throw new CallError(`too much behind '${json}': put the JSON into quotes`);
  return {
    target: parseTarget(target),
    command,
    arguments: json,
    pretty: values.pretty,
    answers: !(values["no-answer"] || SILENT_COMMANDS.has(command)),
    timeoutSeconds: parseTimeout(values.timeout),
    tls: parseTls(values["tls-cert"], values["tls-key"], values["tls-ca"]),
  };
}

function parseCallArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        pretty: { type: "boolean", default: false },
        timeout: { type: "string", default: "30" },
        "no-answer": { type: "boolean", default: false },
        "tls-cert": { type: "string" },
        "tls-key": { type: "string" },
        "tls-ca": { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    throw new CallError(`${reason}: try 'lodger call --help'`, { cause: error });
  }
}

function parseTimeout(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(seconds)) throw new CallError(`--timeout '${text}' is no number of seconds; 0 waits for ever`);
  return seconds;
}

function parseTls(certificate: string | undefined, key: string | undefined, authorities: string | undefined): TlsSettings | undefined {
  if (certificate === undefined && key === undefined && authorities === undefined) return undefined;
  if (certificate !== undefined && key !== undefined && authorities !== undefined) return { certificate, key, authorities };
  throw new CallError("mutual TLS needs all of --tls-cert, --tls-key and --tls-ca");
}

async function readAll(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(typeof chunk === "string" ? Buffer.from(chunk) : Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** @returns undefined if nothing was answered, and nothing had to be. */
async function converse({ target, command, arguments: json, answers, timeoutSeconds, tls }: Call): Promise<Answer | undefined> {
  const giveUp = new AbortController();
  let late = `${target.text}: no connection within ${timeoutSeconds} s: check the address${tls === undefined ? "" : ", that TLS is spoken there"} and that no firewall is in between`;
  const deadline = timeoutSeconds === 0 ? undefined : after(timeoutSeconds * 1000, () => giveUp.abort(new CallError(late)));
  let silence: NodeJS.Timeout | undefined;
  let client: GuestClient | undefined;
  try {
    client = new GuestClient(await connect(target, tls, giveUp.signal));
    late = `${target.text}: no answer within ${timeoutSeconds} s: does an agent run in the guest, and is no other client connected?`;
    if (!(await client.sync()))
      throw new CallError(`${target.text}: the connection was closed before an agent answered: ${whyClosed(target, tls)}`);
    late = `${command}: no answer within ${timeoutSeconds} s: --timeout=SECONDS waits longer`;
    if (answers) {
      const answer = await client.ask(command, json);
      if (answer === undefined) throw new CallError(`${command}: the connection was closed before the answer`);
      return answer;
    }
    clearTimeout(deadline); // a short one must not make an error of silence
    silence = after(SILENCE_MS, () => giveUp.abort(SILENT));
    return await silentlyAsk(client, command, json);
  } catch (error) {
    throw connectionError(target, error);
  } finally {
    clearTimeout(deadline);
    clearTimeout(silence);
    client?.close();
  }
}

function whyClosed(target: Target, tls: TlsSettings | undefined): string {
  if (target.kind === "unix") return "does one run in the guest?";
  if (target.kind !== "tcp") return "may this machine connect (--vsock-peers of the agent)?";
  return tls === undefined
    ? "does it expect TLS (--tls-cert, --tls-key, --tls-ca)?"
    : "does it trust the authority that signed --tls-cert?";
}

/** Why a command is not waited for any longer that answers only errors. */
const SILENT = new Error("silent");

/** Silence is success, and so is that the other side goes away. @throws CallError as {@link GuestClient.ask}. */
async function silentlyAsk(client: GuestClient, command: string, json: string | undefined): Promise<Answer | undefined> {
  try {
    return await client.ask(command, json);
  } catch (error) {
    if (error instanceof CallError) throw error;
    return undefined;
  }
}

function after(milliseconds: number, then: () => void): NodeJS.Timeout {
  return setTimeout(then, Math.min(milliseconds, MAX_TIMER_MS));
}
