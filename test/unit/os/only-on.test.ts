import { afterEach, expect, it, vi } from "vitest";
import { isOfThisSystem, onlyOn } from "../../../core/os/only-on.ts";

afterEach(() => vi.unstubAllGlobals());

function on(platform: NodeJS.Platform): void {
  vi.stubGlobal("process", { ...process, platform });
}

const supported = onlyOn(["win32"], "a reason");

it.each([
  ["win32", true],
  ["linux", "a reason"],
  ["darwin", "a reason"],
] as const)("on %s a command of Windows is supported: %s", (platform, answer) => {
  on(platform);
  expect(supported()).toBe(answer);
  expect(isOfThisSystem({ supported })).toBe(answer === true);
});

it("asks no machine", () => {
  const fails = () => {
    throw new Error("asked");
  };
  expect([isOfThisSystem({}), isOfThisSystem({ supported: fails })]).toEqual([true, true]);
});
