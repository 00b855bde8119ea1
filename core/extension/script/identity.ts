/**
 * Who a script runs as. Another user is become by setpriv of util-linux, which replaces itself by the program: nothing of the agent is
 * in that process, and no setuid program can give it more than the user has.
 */
import type { Account, Accounts } from "../../os/accounts.ts";
import type { Processes } from "../../os/ports.ts";
import { checkedProgram, UnusableProgram } from "./program.ts";

const PLACES = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"];
const VERSION_MS = 10_000;

export class Identity {
  readonly #user: string;
  readonly #accounts: Accounts;
  readonly #processes: Processes;
  #setpriv: Promise<string> | undefined;

  constructor(user: string, accounts: Accounts, processes: Processes) {
    this.#user = user;
    this.#accounts = accounts;
    this.#processes = processes;
  }

  /**
   * Asked for each start: users come and go.
   * @returns undefined if it is the agent's own user.
   * @throws Error if there is no such user, or nothing that becomes one.
   */
  async account(): Promise<Account | undefined> {
    const account = await this.#accounts.find(this.#user);
    if (account === undefined) throw new Error(`there is no user '${this.#user}': make it, or change 'user'`);
    const self = process.geteuid?.() ?? 0;
    if (account.uid === self) return undefined;
    if (self !== 0) throw new Error(`only root can become user '${this.#user}', and the agent runs as user ${self}: leave 'user' out`);
    return account;
  }

  /** @returns the argument vector that runs a program as this user, with its groups. @throws Error */
  async command({ uid, gid }: Account, program: string, args: readonly string[]): Promise<readonly [program: string, ...args: string[]]> {
    this.#setpriv ??= this.#findSetpriv();
    const setpriv = await this.#setpriv.catch((error: unknown) => {
      this.#setpriv = undefined; // it may be installed meanwhile
      throw error;
    });
    const ids = ["--reuid", String(uid), "--regid", String(gid), "--init-groups"];
    return [setpriv, ...ids, "--inh-caps=-all", "--no-new-privs", "--", program, ...args];
  }

  /** Busybox has a program of that name that can't do it. */
  async #findSetpriv(): Promise<string> {
    for (const place of PLACES) {
      try {
        const path = checkedProgram(`${place}/setpriv`, place);
        const { output } = await this.#processes.run(path, ["--version"], { timeoutMs: VERSION_MS });
        if (output.includes("util-linux")) return path;
      } catch (error) {
        if (!(error instanceof UnusableProgram)) throw error;
      }
    }
    throw new Error(`'user' needs the program setpriv of util-linux: install it (Alpine: 'apk add setpriv'), or leave 'user' out`);
  }
}
