/** The agent's environment, as its children get it. */

/** Variables that the agent was not given, but has set for itself. */
const own = new Set<string>();

/** Sets a variable that only this process reads, unless it was given one from outside. */
export function setForThisProcess(name: string, value: string): void {
  if (process.env[name] !== undefined) return;
  process.env[name] = value;
  own.add(name);
}

/** What the agent was given, for its children. */
export function inheritedEnvironment(): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !own.has(name)) given[name] = value;
  }
  return given;
}
