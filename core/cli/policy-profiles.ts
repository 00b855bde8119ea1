/** Profiles with their commands, for `lodger policy profiles`. */
import type { AnyCommand } from "../plugin.ts";
import { profileOf } from "../policy/profiles.ts";
import { PROFILES, type Profile } from "../policy/rules.ts";

const ABOUT: Readonly<Record<Profile, string>> = {
  none: "only what keeps a connection usable; ping and info have to be allowed by name",
  observe: "what only reads information",
  backup: "and what freezes and thaws file systems",
  standard: "and what manages the machine, without a way into it",
  full: "and all the rest, plugins' commands that declare nothing too: the default",
};

export function profilesText(commands: readonly AnyCommand[]): string {
  const names = (profile: Profile) =>
    commands
      .filter((command) => profileOf(command) === profile)
      .map(({ name }) => `  ${name}\n`)
      .join("");
  return PROFILES.map((profile, index) => {
    const before = PROFILES[index - 1];
    return `${profile}: ${before === undefined ? "" : `all of ${before}, `}${ABOUT[profile]}\n${names(profile)}`;
  }).join("\n");
}
