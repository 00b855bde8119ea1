/** A parser with a fault that blind luck does not find, to see that the search does. */

/** @throws Error for a "<!3" within two brackets. */
export function planted(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "(") depth++;
    if (depth === 2 && character === "<") {
      const next = text.charAt(at + 1);
      if (next === "!") {
        if (text.charAt(at + 2) === "3") throw new Error("planted: a step too far");
      }
    }
  }
  return depth;
}
