/** What a plugin or a command may be called. */

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const LONGEST = 64;

export const NAME_RULE = `small letters, digits and single dashes between them, beginning with a letter, at most ${LONGEST}`;

export function isName(name: string): boolean {
  return NAME.test(name) && name.length <= LONGEST;
}
