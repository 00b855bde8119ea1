/** What an executable needs of a Linux system, read from the file itself. */
import { run } from "./run.ts";

export interface SystemNeeds {
  /** Shared libraries, as the dynamic loader looks for them. */
  readonly libraries: readonly string[];
  /** The oldest versions with every symbol that is used: "GLIBC" -> "2.28". */
  readonly versions: ReadonlyMap<string, string>;
  /** The oldest kernel that its C library was told to expect; undefined where the file doesn't say. */
  readonly kernel: string | undefined;
}

export async function systemNeeds(file: string): Promise<SystemNeeds> {
  const text = await run("readelf", ["--wide", "--dynamic", "--version-info", "--notes", file], "binutils");
  const libraries = [...text.matchAll(/\(NEEDED\)\s+Shared library: \[([^\]]+)\]/g)].map((match) => match[1] ?? "");
  const versions = new Map<string, string>();
  // Only what the file needs of others ("File: libc.so.6"), not the versions that it defines itself.
  const [, needed = ""] = /\.gnu\.version_r([\s\S]*)/.exec(text) ?? [];
  for (const match of needed.matchAll(/Name: ([A-Z]+)_([0-9.]+)\s/g)) {
    const [, family = "", version = ""] = match;
    const newest = versions.get(family);
    if (newest === undefined || compareVersions(version, newest) > 0) versions.set(family, version);
  }
  const [, kernel] = /OS: Linux, ABI: ([0-9.]+)/.exec(text) ?? [];
  return { libraries, versions, kernel };
}

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
