/** Files of lodger.toml's kind in a folder of their own, and what is read of them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AdminConfig } from "../../../core/config/admin-config.ts";
import { collectAdminConfig } from "../../../core/config/lodger-toml.ts";
import { Problems, problemText } from "../../../core/config/problems.ts";

export class TomlFiles implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "lodger-config-"));

  /** @returns its path. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface ReadFiles {
  readonly config: AdminConfig;
  /** Without the folder's name. */
  readonly errors: readonly string[];
}

/** @param files by name. */
export function read(files: Readonly<Record<string, string | Uint8Array>>): ReadFiles {
  using folder = new TomlFiles();
  const problems = new Problems();
  const paths = Object.entries(files).map(([name, content]) => folder.write(name, content));
  const config = collectAdminConfig(paths, problems);
  return { config, errors: problems.errors.map((problem) => problemText(problem).replaceAll(`${folder.folder}/`, "")) };
}
