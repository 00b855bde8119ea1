/** A change of the configuration while file systems are really frozen. */
import { expect, test } from "vitest";
import { played } from "./freeze-agent/played.ts";

test("is read when they thaw, and not before", async () => {
  const { changed } = await played<{ changed: { log: string } & Readonly<Record<string, unknown>> }>("config");
  const { log, ...rest } = changed;
  expect(rest).toEqual({ frozen: 1, readWhileFrozen: false, thawed: 1, oldRule: true });
  expect(log).toMatch(/message: the configuration was read again; in force now: \[policy\]/);
}, 60_000);
