/** Which commands this machine can't do, or the admin doesn't allow. Neither is wrong, but both explain an error. */
import { type Check, ok } from "./check.ts";

export const commandsCheck: Check = {
  name: "commands",
  look: async ({ commands }) => {
    const { count, unsupported, refused } = await commands();
    return [
      ok(`${count - unsupported.size} of ${count} commands are there`),
      ...Array.from(unsupported, ([name, reason]) => ok(`${name} is left out: ${reason}`)),
      ...(refused.length === 0
        ? []
        : [ok(`the admin's rules refuse ${refused.join(", ")}: 'lodger policy explain COMMAND' says by which line`)]),
    ];
  },
};
