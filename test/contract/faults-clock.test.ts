/** Clocks that jump: what decides goes by the monotonic one; the wall clock is only written down. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../build/paths.ts";
import { LIBRARY } from "./freeze-agent/faketime.ts";
import { played } from "./freeze-agent/played.ts";

/** Who looks at the wall clock, and what for. */
const MAY: Readonly<Record<string, string>> = {
  "core/audit/trail.ts": "a line's time",
  "core/extension/isolated/values.ts": "a plugin's own values",
  "core/extension/watchdog.ts": "a line's time",
  "core/log-file.ts": "a line's time",
  "core/os/darwin/system-information.ts": "which time zone holds today",
  "core/os/linux/system-information.ts": "which time zone holds today",
  "core/os/windows/driver-values.ts": "a driver's date",
  "core/process/freeze-guard.ts": "the time in a note",
  "core/state-file.ts": "when the last freeze began, for the statistics",
  "transports/tcp-listen/credentials.ts": "a certificate's validity",
};

test("nothing waits, limits or gives up by the wall clock", () => {
  const lookers = globSync("{core,plugins,transports}/**/*.ts", { cwd: root, exclude: ["core/cli/**", "core/doctor/**"] }).filter((path) =>
    /\bDate\.now\(|\bnew Date\(/.test(readFileSync(join(root, path), "utf8")),
  );
  expect(lookers.filter((path) => !(path in MAY))).toEqual([]);
  const watchdog = readFileSync(join(root, "core/extension/watchdog.ts"), "utf8");
  expect(watchdog.match(/Date\.now\(/g)).toHaveLength(1);
});

test("jumps of ten years forth and back while it runs, frozen and with a program: only what tells the time knows of them", {
  timeout: 120_000,
}, async ({ skip }) => {
  if (process.getuid?.() !== 0) skip("only root freezes file systems");
  if (!existsSync(LIBRARY)) skip(`${LIBRARY} is not there: install faketime`);
  const { jumps } = await played<Record<string, unknown>>("clock");
  const after = (years: number) => ({
    frozen: 1,
    status: "frozen",
    tooSoon: false,
    late: false,
    years,
    rate: expect.stringMatching(/^Command guest-get-host-name is limited to 2 requests an hour .*; try again in 1[67]\d\d s$/),
    uptime: true,
  });
  expect(jumps).toEqual({
    jumps: [after(10), after(-10), after(0)],
    withoutGap: true,
    audited: [10, -10, 0],
    status: 0,
  });
});
