/** lodger's sources in a folder of their own, to be built there: what a build leaves must not be what other tests run. */
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../build/paths.ts";

const COPIED = ["build", "core", "plugins", "transports", "package.json", "package-lock.json", "tsconfig.json"];

export class PrivateSources {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  }

  /**
   * Makes a bundle, and keeps it under this name.
   * @param from where paths in `args` begin.
   * @returns what the build has printed. @throws Error with what it printed if it failed.
   */
  build(name: string, args: readonly string[], from: string): string {
    const printed = execFileSync(process.execPath, [join(this.folder, "build/build.ts"), "--bundle", ...args], {
      cwd: this.folder,
      env: { ...process.env, INIT_CWD: from },
      encoding: "utf8",
      stdio: "pipe",
    });
    copyFileSync(join(this.folder, "dist/lodger.cjs"), this.bundle(name));
    return printed;
  }

  bundle(name: string): string {
    return join(this.folder, `${name}.cjs`);
  }

  get types(): string {
    return join(this.folder, "dist/lodger-plugin.d.ts");
  }
}
