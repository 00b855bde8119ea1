/** ~/.ssh/authorized_keys of any user: read, and changed in one piece. */
import { posix } from "node:path";
import { type Account, type Accounts, type CommandError, failed, type HomeFiles, OsError } from "../../core/plugin.ts";
import { isInvalidKey, keysOf, withKeys, withoutKeys } from "./key-list.ts";
import { Turns } from "./turns.ts";

const FOLDER = ".ssh";
const FILE = "authorized_keys";

export class AuthorizedKeys {
  readonly #accounts: Accounts;
  readonly #homeFiles: HomeFiles;
  readonly #turns = new Turns();

  constructor(accounts: Accounts, homeFiles: HomeFiles) {
    this.#accounts = accounts;
    this.#homeFiles = homeFiles;
  }

  /** @returns the keys, the last line's first. @throws CommandError also if there is no file. */
  async list(user: string, signal: AbortSignal): Promise<string[]> {
    return this.#inTurn(user, signal, async (account) => {
      const file = await this.#read(account);
      if (file instanceof OsError) throw readFailure(account, file);
      return keysOf(file).reverse();
    });
  }

  /** @param reset whether these keys take the place of all that are there. @throws CommandError */
  async add(user: string, keys: readonly string[], reset: boolean, signal: AbortSignal): Promise<void> {
    refuseInvalid(keys);
    await this.#inTurn(user, signal, async (account) => {
      const file = reset ? "" : await this.#read(account);
      await this.#replace(account, withKeys(file instanceof OsError ? "" : file, keys));
    });
  }

  /** Where the file or a key isn't there, there is nothing to do. @throws CommandError */
  async remove(user: string, keys: readonly string[], signal: AbortSignal): Promise<void> {
    refuseInvalid(keys);
    await this.#inTurn(user, signal, async (account) => {
      const file = await this.#read(account);
      if (file instanceof OsError) return;
      const rest = withoutKeys(file, keys);
      if (rest !== file) await this.#replace(account, rest);
    });
  }

  async #inTurn<T>(user: string, signal: AbortSignal, work: (account: Account) => Promise<T>): Promise<T> {
    const account = await this.#find(user);
    return this.#turns.take(account.uid, async () => {
      // A change that appears after its client has gone away surprises everyone.
      if (signal.aborted) throw failed("the command was given up before it began");
      return work(account);
    });
  }

  async #find(user: string): Promise<Account> {
    try {
      const account = await this.#accounts.find(user);
      if (account !== undefined) return account;
    } catch (error) {
      if (error instanceof OsError) throw failed(`failed to lookup user '${user}': ${error.message}`);
      throw error;
    }
    throw failed(`failed to lookup user '${user}': there is no such user`);
  }

  /** @returns the file's text, or why there is no such file. @throws CommandError if there is one that can't be read. */
  async #read(account: Account): Promise<string | OsError> {
    try {
      const bytes = await this.#homeFiles.read(account, FOLDER, FILE);
      if (bytes === undefined) return new OsError("ENOENT", 2, "No such file or directory", "open");
      return Buffer.from(bytes).toString("latin1");
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      if (error.code === "ENOTDIR") return error;
      throw readFailure(account, error);
    }
  }

  async #replace(account: Account, text: string): Promise<void> {
    try {
      await this.#homeFiles.replace(account, FOLDER, FILE, Buffer.from(text, "latin1"));
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      const [task, path] = error.call === "mkdir" ? ["create directory", folderOf(account)] : ["write to", pathOf(account)];
      throw failed(`failed to ${task} '${path}': ${error.message}`);
    }
  }
}

function refuseInvalid(keys: readonly string[]): void {
  const invalid = keys.find(isInvalidKey);
  if (invalid !== undefined) throw failed(`invalid OpenSSH public key: '${invalid}'`);
}

function readFailure(account: Account, { call, message }: OsError): CommandError {
  const path = pathOf(account);
  return failed(`failed to read '${path}': ${call === "read" ? "Error reading" : "Failed to open"} file “${path}”: ${message}`);
}

function folderOf({ home }: Account): string {
  return posix.join(home, FOLDER);
}

function pathOf(account: Account): string {
  return posix.join(folderOf(account), FILE);
}
