/** Runs in a mount namespace of its own, as root: what an executable leaves in the folders for temporary files, as JSON. */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { serve } from "./program.ts";

const FOLDERS = ["/tmp", "/var/tmp", "/run", "/dev/shm"];
const STATE = "/run/agent";

const [, , original = ""] = process.argv;
mount("/mnt");
const file = "/mnt/lodger";
copyFileSync(original, file); // where it was may be covered in a moment
for (const folder of FOLDERS) mount(folder);
mkdirSync(STATE);

const socket = join(STATE, "s");
const agent = serve([file], socket, ["-m", "unix-listen", "-p", socket, "-t", STATE]);
const answers: string[] = [];
for (const execute of ["guest-ping", "guest-network-get-interfaces"]) {
  const answer = await agent.ask({ execute });
  if (typeof answer === "object" && answer !== null && "return" in answer) answers.push(execute);
}
const whileRunning = contents();
const { status, errors } = await agent.end();
console.log(JSON.stringify({ answers, whileRunning, status, errors, afterwards: contents() }));

function contents(): string[] {
  return FOLDERS.filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)))
    .sort();
}

/** `-n`, because mount has a note of its own in /run. */
function mount(folder: string): void {
  execFileSync("mount", ["-n", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", folder], { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
}
