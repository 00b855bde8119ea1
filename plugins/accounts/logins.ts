/** Who is logged in, and since when. */
import { type Accounts, failed, OsError } from "../../core/plugin.ts";

export interface Login {
  readonly "login-time": number;
  readonly user: string;
}

/** @returns each user once, with the earliest login, in the order in which the system first names them. */
export async function earliestLogins(accounts: Accounts): Promise<Login[]> {
  const earliest = new Map<string, number>();
  try {
    for (const { user, loginTime } of await accounts.sessions()) {
      earliest.set(user, Math.min(loginTime, earliest.get(user) ?? loginTime));
    }
  } catch (error) {
    if (error instanceof OsError) throw failed(`failed to read the record of logins: ${error.message}`);
    throw error;
  }
  return Array.from(earliest, ([user, loginTime]) => ({ "login-time": loginTime, user }));
}
