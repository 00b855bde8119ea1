/** What `lodger config check` finds. */
import { type Check, ok, problem, warning } from "./check.ts";

const LOOK = "'lodger config check' shows it anew after each change";

export const configurationCheck: Check = {
  name: "configuration",
  look: ({ configuration: { errors, warnings, files } }) => {
    const found = [...errors.map((line) => problem(line, LOOK)), ...warnings.map((line) => warning(line, LOOK))];
    return found.length > 0
      ? found
      : [ok(files.length === 0 ? "no files: the defaults hold" : `nothing is wrong with ${files.join(", ")}`)];
  },
};
