/** The users of the guest, and who of them is logged in. */
import { Token } from "../token.ts";

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Home directory, as the system has it: it may be missing, or no absolute path. */
  readonly home: string;
}

/** One login. */
export interface LoginSession {
  readonly user: string;
  /** Seconds since 1970, with a fraction. */
  readonly loginTime: number;
  /** On Windows, where the user has one. */
  readonly domain?: string;
}

export interface Accounts {
  /**
   * Looks a user up wherever the system has its users (files, LDAP, …); this may take as long as the network does.
   * @returns undefined if there is no such user.
   * @throws OsError if the lookup failed, `ETIMEDOUT` if it took too long.
   */
  find(name: string): Promise<Account | undefined>;
  /**
   * All logins, in the system's order; a user may have several.
   * @throws OsError if they are recorded but can't be read.
   */
  sessions(): Promise<readonly LoginSession[]>;
  /**
   * Where the system has a call for it, and no program does it.
   * @param password as UTF-8. @throws OsError
   */
  setPassword?(name: string, password: Uint8Array): Promise<void>;
}

export const Accounts = new Token<Accounts>("accounts");

/**
 * Files below a user's home directory. What they hold, and where their names lead, is up to that user, whom nobody should trust:
 * everything is done by a process with that user's rights, no symbolic link below the home directory is followed, and the process is
 * ended when it takes too long (a home directory on a dead server). One call at a time for each user: another one meanwhile is refused
 * with `ETIMEDOUT`, as it is where an earlier one could not be ended.
 */
export interface HomeFiles {
  /**
   * @param folder of the home directory, one name, for instance ".ssh".
   * @param name of the file in it.
   * @returns the whole file, or undefined if it, the folder or the home directory isn't there.
   * @throws OsError with the call `open` or `read`: `ELOOP` for a symbolic link, `EFBIG` beyond `MAX_HOME_FILE_BYTES`, `EINVAL` for
   *   what is no regular file, `ETIMEDOUT` if it took too long.
   */
  read(account: Account, folder: string, name: string): Promise<Uint8Array | undefined>;
  /**
   * Replaces the file, or makes it, with mode 0600, and the folder with mode 0700 if that is missing too. The new content is on the
   * disk before it takes the place of the old; after an error the old file is there unchanged. A symbolic link in place of the file is
   * replaced like any other file.
   * @throws OsError, with the call `mkdir` if the folder could not be made; `ELOOP` for a symbolic link in place of the folder, `EFBIG`
   *   beyond `MAX_HOME_FILE_BYTES`, `ETIMEDOUT` if it took too long.
   */
  replace(account: Account, folder: string, name: string, content: Uint8Array): Promise<void>;
}

/** No file is read or written beyond this. */
export const MAX_HOME_FILE_BYTES = 1024 * 1024;

export const HomeFiles = new Token<HomeFiles>("files of users");
