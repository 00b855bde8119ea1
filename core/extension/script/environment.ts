/** What a script finds in its environment: little, and the same wherever the agent was started from. */
import type { Account } from "../../os/accounts.ts";
import type { Manifest } from "./manifest.ts";

const PLACES = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** @param account of the user that it runs as, if that isn't the agent's own. @returns "NAME=value" each. */
export function environmentOf(manifest: Manifest, account?: Account): string[] {
  const variables = new Map([
    ["PATH", PLACES],
    ["LANG", "C.UTF-8"],
    ...(account === undefined
      ? []
      : ([
          ["USER", account.name],
          ["LOGNAME", account.name],
          ["HOME", account.home || "/"],
        ] as const)),
    ...manifest.environment,
    ["LODGER_COMMAND", manifest.command],
  ]);
  return Array.from(variables, ([name, value]) => `${name}=${value}`);
}

export function searchPathOf({ environment }: Manifest): string {
  return environment.get("PATH") ?? PLACES;
}
