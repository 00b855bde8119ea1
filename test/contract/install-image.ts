/** A folder that stands for a system's root, and an executable to install into it. */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseInstall, parseUninstall } from "../../core/install/call.ts";
import { carryOut, type Installation, prepareInstall } from "../../core/install/install.ts";
import { TargetSystem } from "../../core/install/system.ts";
import { carryOutRemoval, prepareUninstall } from "../../core/install/uninstall.ts";

export const unit = "/etc/systemd/system/lodger.service";
export const methods = new Map([
  ["virtio-serial", "/dev/virtio-ports/org.qemu.guest_agent.0"],
  ["unix-listen", "/run/qga.sock"],
]);

const runNothing = () => undefined;

export class Image {
  readonly folder = mkdtempSync(join(tmpdir(), "lodger-install-"));
  readonly root = join(this.folder, "root");
  readonly program = join(this.folder, "executable");

  /** With systemd in it. */
  constructor() {
    writeFileSync(this.program, "an executable", { mode: 0o755 });
    this.put("/usr/lib/systemd/systemd");
  }

  put(path: string, text = ""): void {
    mkdirSync(join(this.root, dirname(path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  link(path: string, target: string): void {
    mkdirSync(join(this.root, dirname(path)), { recursive: true });
    symlinkSync(target, join(this.root, path));
  }

  text(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  names(path: string): string[] {
    return readdirSync(join(this.root, path));
  }

  /** Everything in it: mode, and where links lead or what files say. */
  tree(): string[] {
    return readdirSync(this.root, { recursive: true, encoding: "utf8" })
      .sort()
      .map((name) => {
        const path = join(this.root, name);
        const status = lstatSync(path);
        const what = status.isSymbolicLink() ? `-> ${readlinkSync(path)}` : status.isFile() ? readFileSync(path, "utf8") : "folder";
        return `${name} ${(status.mode & 0o7777).toString(8)} ${what}`;
      });
  }

  prepare(...args: readonly string[]): Installation {
    return prepareInstall(parseInstall(args, methods), new TargetSystem(this.root), this.program);
  }

  /** @param say is told what is done, and may interrupt it. */
  carryOut(installation: Installation, say: (line: string) => void): void {
    carryOut(installation, new TargetSystem(this.root), runNothing, say);
  }

  install(...args: readonly string[]): string[] {
    const said: string[] = [];
    this.carryOut(this.prepare(...args), (line) => said.push(line));
    return said;
  }

  uninstall(...args: readonly string[]): string[] {
    const said: string[] = [];
    const system = new TargetSystem(this.root);
    carryOutRemoval(prepareUninstall(parseUninstall(args), system), system, runNothing, (line) => said.push(line));
    return said;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
