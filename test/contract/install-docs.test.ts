/** What docs/install.md shows, done; its recipe for an image is tried in the guest tests. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parseInstall } from "../../core/install/call.ts";
import { SERVICES } from "../../core/install/plan.ts";
import { methods } from "./install-image.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/install.md"), "utf8");
const block = (kind: string, containing: string) =>
  Array.from(page.matchAll(new RegExp(`\`\`\`${kind}\n(.*?)\`\`\``, "gs")), ([, text = ""]) => text).find((text) =>
    text.includes(containing),
  ) ?? "";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lodger-docs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("cloud-init: what is fetched is checked, installed and removed", () => {
  const yaml = block("yaml", "#cloud-config");
  // an executable that says how it was called, and a curl that has only that
  const executable = `#!/bin/sh\necho "$@" >${folder}/called\n`;
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "published"), executable);
  writeFileSync(join(folder, "bin/curl"), `#!/bin/sh\n[ "$1" = -fsSLo ] && cp ${folder}/published "$2"\n`);
  chmodSync(join(folder, "bin/curl"), 0o755);
  const run = (hash: string) => {
    const text = yaml.replaceAll("/root", folder).replaceAll("@SHA256@", hash);
    for (const [, words = ""] of text.matchAll(/^ {2}- \[(.*)\]$/gm)) {
      const [program = "", ...args] = Array.from(words.matchAll(/"([^"]*)"|([^\s,"]+)/g), ([, quoted, plain]) => quoted ?? plain ?? "");
      execFileSync(program, args, { env: { PATH: `${folder}/bin:${process.env.PATH}` }, stdio: "pipe" });
    }
  };
  expect(() => run("0".repeat(64))).toThrow(/sha256sum/);
  expect(existsSync(join(folder, "called"))).toBe(false);
  run(createHash("sha256").update(executable).digest("hex"));
  expect(readFileSync(join(folder, "called"), "utf8")).toBe("install --take-over\n");
  expect(existsSync(join(folder, "lodger"))).toBe(false);
});

test("every command line of lodger install is one that it takes", () => {
  const lines = Array.from(page.matchAll(/(?:^|\/)lodger(?:-linux-x64)? install ?([^\n#`]*)/gm), ([, args = ""]) =>
    args.trim().split(/\s+/).filter(Boolean),
  );
  expect(lines.length).toBeGreaterThan(4);
  for (const args of lines) parseInstall(args, methods);
});

test("every option and every service manager is on the page", () => {
  for (const name of ["dry-run", "take-over", "method", "path", "confine", "prefix", "service", "root"])
    expect(page).toContain(`\`--${name}\``);
  for (const name of SERVICES) expect(page.toLowerCase()).toContain(`| ${name} |`);
});
