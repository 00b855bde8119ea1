/** What an agent finds that an earlier run left behind while file systems were frozen. */
import "reflect-metadata";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_SETTINGS } from "../../core/config/no-settings.ts";
import { LogFile } from "../../core/log-file.ts";
import { StateFile } from "../../core/state-file.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lodger-state-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function started() {
  const settings = { ...NO_SETTINGS, stateDirectory: directory };
  const lines: string[] = [];
  const log = Object.assign(new LogFile(settings), { resumed: 0 });
  log.warning = (text) => void lines.push(text);
  log.resume = () => void log.resumed++;
  const state = new StateFile(settings, log);
  state.load();
  state.begin();
  return { state, lines, log };
}

describe("the state of an earlier run", () => {
  it("that a guard has thawed is told once, and is no frozen state", () => {
    const { mark, note } = started().state.frozenMark;
    writeFileSync(note, "2026-11-23T07:31:33.640Z the agent was killed while file systems were frozen; thawed: /data, /\n");
    const { state, lines } = started();
    expect(state.frozen).toBe(false);
    expect(lines).toEqual([
      "an earlier run of the agent ended while file systems were frozen: 2026-11-23T07:31:33.640Z the agent was killed while file systems were frozen; thawed: /data, /",
    ]);
    expect([mark, note].map((file) => existsSync(file))).toEqual([false, false]);
    expect(started().lines).toEqual([]);
  });

  it("that nobody has thawed is the frozen state, and it is said what to do", () => {
    writeFileSync(started().state.frozenMark.mark, "");
    const { state, lines } = started();
    expect(state.frozen).toBe(true);
    expect(lines).toEqual(["file systems are frozen since an earlier run of the agent: guest-fsfreeze-thaw thaws them"]);
  });

  it("is left by a thaw without a trace", async () => {
    const { state } = started();
    await state.enterFrozen();
    expect(existsSync(state.frozenMark.mark)).toBe(true);
    await state.leaveFrozen();
    expect(existsSync(state.frozenMark.mark)).toBe(false);
    expect(started().state.frozen).toBe(false);
  });

  it("is none after the machine was started anew, which ends every freeze", async () => {
    const { state } = started();
    await state.enterFrozen();
    const { mark } = state.frozenMark;
    writeFileSync(mark, readFileSync(mark, "utf8").replaceAll(/[0-9a-f]/g, "0"));
    const next = started();
    expect(next.state.frozen).toBe(false);
    expect(next.lines).toEqual([
      "an earlier run of the agent ended while file systems were frozen: the machine has been started anew since",
    ]);
    expect(existsSync(mark)).toBe(false);
  });
});

describe("a mark that can't be", () => {
  it("written where a link leads is written in the link's place", async () => {
    const { state } = started();
    const elsewhere = join(directory, "elsewhere");
    writeFileSync(elsewhere, "kept");
    symlinkSync(elsewhere, state.frozenMark.mark);
    await state.enterFrozen();
    expect(readFileSync(elsewhere, "utf8")).toBe("kept");
    expect(state.frozen).toBe(true);
  });

  it("written is no frozen state, and the log goes on", async () => {
    const { state, log } = started();
    mkdirSync(state.frozenMark.mark); // nobody can write that, not even root
    await expect(state.enterFrozen()).rejects.toThrow(`the frozen state can't be kept in ${directory}: Is a directory`);
    expect(state.frozen).toBe(false);
    expect(log.resumed).toBe(1);
  });

  it("removed keeps neither the state frozen nor the log waiting", async () => {
    const { state, log } = started();
    await state.enterFrozen();
    const waiting = state.whenThawed();
    rmSync(state.frozenMark.mark);
    mkdirSync(state.frozenMark.mark);
    await expect(state.leaveFrozen()).rejects.toThrow();
    await waiting;
    expect(state.frozen).toBe(false);
    expect(log.resumed).toBe(1);
  });
});

it("remembers the last freeze: when it began, how long it lasted, and what ended it", async () => {
  const { state } = started();
  expect(state.lastFreeze).toBeUndefined();
  const before = Date.now();
  await state.enterFrozen();
  expect(state.lastFreeze).toEqual({ began: expect.any(Number) });
  expect(state.lastFreeze?.began).toBeGreaterThanOrEqual(before);
  await state.leaveFrozen("the lease");
  expect(state.lastFreeze).toMatchObject({ by: "the lease", lastedMs: expect.any(Number) });
});
