import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PidFile } from "../../../core/process/pidfile.ts";

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lodger-pidfile-"));
  path = join(directory, "agent.pid");
});

afterEach(() => rmSync(directory, { recursive: true }));

/** The lock is between processes: another one has to ask for it. */
async function another(): Promise<string> {
  const module = join(import.meta.dirname, "../../../core/process/pidfile.ts");
  const script = `import(${JSON.stringify(module)}).then(({ PidFile }) => {
    try { PidFile.create(${JSON.stringify(path)}); console.log("locked"); } catch (error) { console.log(error.message); }
  })`;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  await once(child, "close");
  return output.trim();
}

test("says who the agent is, and that there is one", async () => {
  writeFileSync(path, "a much longer text of an agent that crashed\n", { mode: 0o644 });
  const pidFile = PidFile.create(path);
  expect(readFileSync(path, "utf8")).toBe(`${process.pid}\n`);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await another()).toBe(`cannot lock pid file '${path}': another agent holds it`);
  expect(readFileSync(path, "utf8")).toBe(`${process.pid}\n`);
  pidFile.release();
  pidFile.release();
  expect(existsSync(path)).toBe(false);
  expect(await another()).toBe("locked");
});

test("says why it can't be made", () => {
  const missing = join(directory, "missing", "agent.pid");
  expect(() => PidFile.create(missing)).toThrow(`cannot open pid file '${missing}': No such file or directory`);
  expect(() => PidFile.create(directory)).toThrow(`cannot open pid file '${directory}': Is a directory`);
});
