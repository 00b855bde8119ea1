/** Going into the background and ending, by processes of their own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let directory: string;
let pidPath: string;
let reportPath: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lodger-background-"));
  pidPath = join(directory, "agent.pid");
  reportPath = join(directory, "report");
});

afterEach(() => rmSync(directory, { recursive: true }));

async function start(script: string, ...args: string[]): Promise<{ status: number; errors: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, script), ...args], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const [status] = (await once(child, "close")) as [number];
  return { status, errors };
}

describe("the background", () => {
  test("is reached when the agent is ready, and left on a signal", async () => {
    expect(await start("background-agent.ts", pidPath, reportPath)).toEqual({ status: 0, errors: "" });
    await expect.poll(() => existsSync(reportPath) && readFileSync(reportPath, "utf8").length > 0).toBe(true);
    const { pid, ...report } = JSON.parse(readFileSync(reportPath, "utf8"));
    expect(report).toEqual({ cwd: "/", umask: 0o077, streams: ["/dev/null", "/dev/null", "/dev/null"] });
    expect(readFileSync(pidPath, "utf8")).toBe(`${pid}\n`);
    const [, , , group, session] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/\(.*\)/, "x")
      .split(" ")
      .slice(1);
    expect([group, session]).toEqual([String(pid), String(pid)]);
    const second = await start("background-agent.ts", pidPath, reportPath);
    expect(second.status).toBe(1);
    expect(second.errors).toContain(`cannot lock pid file '${pidPath}': another agent holds it`);
    process.kill(pid, "SIGTERM");
    await expect.poll(() => existsSync(pidPath)).toBe(false);
    await expect.poll(() => existsSync(`/proc/${pid}/cwd`)).toBe(false);
  });

  test("is not reached if the agent fails: its words and its status come back", async () => {
    expect(await start("background-agent.ts", pidPath, reportPath, "fail")).toEqual({ status: 1, errors: "the channel can't be opened\n" });
  });
});

describe("the end", () => {
  test("comes within a second and with status 0, also if a thread hangs for ever", async () => {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "hanging-agent.ts"), join(directory, "fifo")],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(child.stdout, "data");
    const told = Date.now();
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(Date.now() - told).toBeLessThan(1000);
  });
});
