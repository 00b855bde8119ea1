/** Where the build reads and writes. */
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");

/** What users take away. */
export const dist = join(root, "dist");

/** What can be thrown away at any time; never committed. */
export const cache = join(root, ".cache", "build");

/** The packages of other systems, with a lock file of their own: installed only for a build that needs them. */
export const runtimes = join(root, "build", "runtimes");
