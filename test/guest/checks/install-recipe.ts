import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { until } from "../deadline.ts";
import { run } from "../process.ts";
import { executable, repository } from "../requirements.ts";
import { findingsOf } from "../shared-guest.ts";
import { makeWorkFolder } from "../work-folder.ts";

/** The recipes of docs/install.md, as they stand there. */
export function recipeChecks(): void {
  const saw = findingsOf("docs/install.md");

  test("the recipe for a minimal image makes one that boots and answers", async () => {
    const [make = "", boot = ""] = await recipes("## A minimal image");
    const [start = "", ask = ""] = boot.split("\n\n");
    expect([make, start, ask].map((text) => text.split(" ")[0])).toEqual(["mmdebstrap", "qemu-system-x86_64", "dist/lodger-linux-x64"]);
    const folder = await makeWorkFolder();
    // what the page says is typed in the folder where the executable was built
    const shell = (text: string) => ["-c", `cd '${folder}' && set -e\n${text}`];
    await fs.mkdir(path.join(folder, "dist"));
    await fs.symlink(executable, path.join(folder, "dist/lodger-linux-x64"));
    await run("sh", shell(make));
    // in the foreground a shell waits for it: exec, so that it is QEMU that is ended
    const qemu = spawn("sh", shell(`exec ${start}`), { stdio: ["pipe", "ignore", "inherit"] });
    const ended = once(qemu, "exit");
    try {
      const started = performance.now();
      const answer = await until(180_000, "an answer", () => run("timeout", ["20", "sh", ...shell(ask)]).catch(() => undefined), 1000);
      expect(JSON.parse(answer)).toMatchObject({ id: "debian", "version-id": "12" });
      saw(`the minimal image answers ${((performance.now() - started) / 1000).toFixed(0)} s after QEMU was started`);
    } finally {
      qemu.kill("SIGKILL");
      await ended;
      await fs.rm(folder, { recursive: true, force: true });
    }
  }, 480_000);
}

/** Blocks of shell commands below a heading, a line that goes on being one. */
async function recipes(heading: string): Promise<string[]> {
  const page = await fs.readFile(path.join(repository, "docs/install.md"), "utf8");
  const section = page.slice(page.indexOf(`\n${heading}\n`)).split("\n## ")[1] ?? "";
  return Array.from(section.matchAll(/```sh\n(.*?)```/gs), ([, text = ""]) => text.replaceAll("\\\n", " "));
}
