/** The admin's patterns: `*` for any characters, also none, and `?` for one; everything else stands for itself. */

export function isPattern(text: string): boolean {
  return text.includes("*") || text.includes("?");
}

/** Whether the whole text is of the pattern. Takes at most the product of both lengths in steps, whatever somebody makes them of. */
export function matches(pattern: string, text: string): boolean {
  if (!isPattern(pattern)) return pattern === text;
  let at = 0;
  let next = 0;
  // Where to go on if it doesn't work out: behind the latest star, which then takes one more.
  let star = -1;
  let taken = 0;
  while (at < text.length) {
    const wanted = pattern[next];
    if (wanted === "*") {
      star = next++;
      taken = at;
    } else if (wanted === "?") {
      next++;
      at += characterLength(text, at);
    } else if (wanted === text[at]) {
      next++;
      at++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++taken;
    } else return false;
  }
  while (pattern[next] === "*") next++;
  return next === pattern.length;
}

/** UTF-16 units of the character there. */
function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
