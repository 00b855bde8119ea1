/** Plugins that don't run. */
import { type Check, type Finding, notApplicable, ok, problem, warning } from "./check.ts";

const GOOD: ReadonlySet<string> = new Set(["running", "not started", "off"]);

export const pluginsCheck: Check = {
  name: "plugins",
  look: async ({ plugins }) => {
    const all = await plugins();
    const found = all
      .filter(({ state }) => !GOOD.has(state))
      .map(({ name, state, reason }): Finding => {
        const seen = `${name} is ${state}${reason === undefined ? "" : `: ${reason}`}`;
        return (state === "failed" ? problem : warning)(seen, "'lodger plugin check' says all that is wrong with plugins");
      });
    if (found.length > 0) return found;
    return [all.length === 0 ? notApplicable("none were added") : ok(`${all.map(({ name }) => name).join(", ")}: nothing is wrong`)];
  },
};
