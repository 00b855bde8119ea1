/** Setting a password through chpasswd, which knows how this system keeps them. The password is in its standard input and nowhere else. */
import { type Accounts, failed, OsError, type Processes, type ProcessOptions, type ProcessResult, runHelper } from "../../core/plugin.ts";

const NEWLINE = 0x0a;
const NUL = 0;

/** A directory server that doesn't answer must not hold the command for ever. */
const LIMIT_MS = 60_000;

/**
 * @param password as bytes, whatever they are; they are zero afterwards.
 * @param crypted whether it is the hash to store, not the password itself.
 * @throws CommandError with what chpasswd says.
 */
export async function setPassword(
  accounts: Accounts,
  processes: Processes,
  user: string,
  password: Uint8Array,
  crypted: boolean,
): Promise<void> {
  if (accounts.setPassword) {
    await byCall(accounts, user, password, crypted);
    return;
  }
  const input = new Uint8Array(Buffer.byteLength(user) + password.length + 2);
  try {
    // A NUL would cut the line short for chpasswd: another password than the one asked for.
    if (password.includes(NEWLINE) || password.includes(NUL)) throw failed("forbidden characters in raw password");
    if (/[\n:\0]/.test(user)) throw failed("forbidden characters in username");
    const name = `${user}:`;
    input.set(Buffer.from(name));
    input.set(password, Buffer.byteLength(name));
    input[input.length - 1] = NEWLINE;
    const quiet = new WithoutSecret(processes, password);
    await runHelper(quiet, "chpasswd", crypted ? ["-e"] : [], "set user password", { input, timeoutMs: LIMIT_MS });
  } finally {
    password.fill(0);
    input.fill(0);
  }
}

async function byCall(accounts: Accounts, user: string, password: Uint8Array, crypted: boolean): Promise<void> {
  try {
    if (crypted) throw failed("'crypted' must be off on this host");
    if (password.includes(NUL)) throw failed("forbidden characters in raw password");
    if (user.includes("\0")) throw failed("forbidden characters in username");
    await accounts.setPassword?.(user, password);
  } catch (error) {
    throw error instanceof OsError ? failed(`failed to set the password: ${error.message}`) : error;
  } finally {
    password.fill(0);
  }
}

/** Runs programs, and drops every line of their output that has the secret in it: output becomes the text of an error. */
class WithoutSecret implements Processes {
  readonly #processes: Processes;
  readonly #secret: Uint8Array;

  constructor(processes: Processes, secret: Uint8Array) {
    this.#processes = processes;
    this.#secret = secret;
  }

  async run(program: string, args: readonly string[], options?: ProcessOptions): Promise<ProcessResult> {
    const result = await this.#processes.run(program, args, options);
    const secret = Buffer.from(this.#secret).toString("utf8");
    if (secret === "" || !result.output.includes(secret)) return result;
    const lines = result.output.split(/(?<=\n)/);
    return { ...result, output: lines.filter((line) => !line.includes(secret)).join("") };
  }

  isExecutable(path: string): Promise<boolean> {
    return this.#processes.isExecutable(path);
  }
}
