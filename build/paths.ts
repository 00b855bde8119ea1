/** Where the build reads and writes. */
import { join } from "node:path";

export const root = join(import.meta.dirname, "..");

/** What users take away. */
export const dist = join(root, "dist");

/** What can be thrown away at any time; never committed. */
export const cache = join(root, ".cache", "build");
