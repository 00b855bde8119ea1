/** The agent's environment, as its children get it. */

/** Variables that the agent was not given, but has set for itself. */
const own = new Set<string>();

/** Sets a variable that only this process reads, unless it was given one from outside. */
export function setForThisProcess(name: string, value: string): void {
  if (process.env[name] !== undefined) return;
  process.env[name] = value;
  own.add(name);
}

/** Where the agent was told to look for programs. Deno puts a folder of its own in front of that. */
export function givenPath(): string | undefined {
  const { PATH } = process.env;
  if (process.versions.deno === undefined) return PATH;
  const places = PATH?.split(":").filter((place) => !place.endsWith("/node_compat_bin"));
  return places?.length ? places.join(":") : undefined;
}

/** Deno's mark for programs that are Node's by name. */
const MARK_OF_DENO = "DENO_NODE_SHIM_ACTIVE";

/** What the agent was given, for its children. */
export function inheritedEnvironment(): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, set] of Object.entries(process.env)) {
    const value = name === "PATH" ? givenPath() : set;
    if (value !== undefined && name !== MARK_OF_DENO && !own.has(name)) given[name] = value;
  }
  return given;
}
