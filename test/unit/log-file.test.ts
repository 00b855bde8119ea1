/** The log's file: what is logged before there is one, and while nothing may be written. */
import "reflect-metadata";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NO_SETTINGS } from "../../core/config/no-settings.ts";
import { LogFile } from "../../core/log-file.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lodger-log-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function logged(): string[] {
  const text = readFileSync(join(directory, "log"), "utf8");
  return text.split("\n").filter((line) => line !== "");
}

it("has what was logged before it was opened, as soon as it is", async () => {
  const log = new LogFile({ ...NO_SETTINGS, logFile: join(directory, "log") });
  log.warning("file systems are frozen");
  log.open();
  await expect.poll(() => logged().length).toBe(1);
  expect(logged()[0]).toMatch(/^\d+\.\d{6}: warning: file systems are frozen$/);
  log.close();
});

it("is not written while it is held, and has everything in order afterwards", async () => {
  const log = new LogFile({ ...NO_SETTINGS, logFile: join(directory, "log") });
  log.open();
  await log.hold();
  for (let line = 0; line < 5; line++) log.warning(`line ${line}`);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(logged()).toEqual([]);
  log.resume();
  await expect.poll(() => logged().map((line) => line.split(": ")[2])).toEqual(["line 0", "line 1", "line 2", "line 3", "line 4"]);
  log.close();
});
