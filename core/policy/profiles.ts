/** Which commands are in which profile. */
import type { AnyCommand } from "../plugin.ts";
import { PROFILES, type Profile } from "./rules.ts";

/**
 * The smallest profile that has a command. What only synchronizes is in all of them, "none" too: without it no client knows which answer is
 * whose, so there would be no way to tell it that it is refused.
 */
export function profileOf({ profile, synchronizes }: Pick<AnyCommand, "profile" | "synchronizes">): Profile {
  return synchronizes ? "none" : (profile ?? "full");
}

export function isInProfile(command: Pick<AnyCommand, "profile" | "synchronizes">, profile: Profile): boolean {
  return PROFILES.indexOf(profileOf(command)) <= PROFILES.indexOf(profile);
}
