/** Who is logged in, and since when. */
import { type Accounts, failed, OsError } from "../../core/plugin.ts";

export interface Login {
  readonly "login-time": number;
  readonly user: string;
  readonly domain?: string;
}

/** @returns each user once, with the earliest login, in the order in which the system first names them. */
export async function earliestLogins(accounts: Accounts): Promise<Login[]> {
  const earliest = new Map<string, Login>();
  try {
    for (const { user, loginTime, domain } of await accounts.sessions()) {
      // The same name in two domains is two users.
      const key = domain === undefined ? user : `${domain}\\${user}`;
      const before = earliest.get(key)?.["login-time"] ?? loginTime;
      earliest.set(key, { "login-time": Math.min(loginTime, before), user, ...(domain === undefined ? {} : { domain }) });
    }
  } catch (error) {
    if (error instanceof OsError) throw failed(`failed to read the record of logins: ${error.message}`);
    throw error;
  }
  return [...earliest.values()];
}
