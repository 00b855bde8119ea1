/** Limits by a clock of the test's own. */
import { describe, expect, test } from "vitest";
import type { Client } from "../../../core/audit/audit.ts";
import { Limits } from "../../../core/policy/limits.ts";
import { payloadBytes } from "../../../core/policy/payload.ts";
import { commandOf, rulesOf } from "./ask.ts";

const exec = commandOf("guest-exec");
const ping = commandOf("guest-ping");
const one: Client = { peer: "one", connection: 1 };
const other: Client = { peer: "other", connection: 2 };

class Clock {
  ms = 1_000_000;
  readonly now = () => this.ms;
}

function limited(toml: string) {
  const clock = new Clock();
  const limits = new Limits(rulesOf(toml).limits, undefined, clock.now);
  /** @returns the limit that is in the way, or what says how it went on. */
  const ask = (command = exec, args: Record<string, unknown> = {}, client = one) => limits.admit(command, args, client);
  const passes = (command = exec, args: Record<string, unknown> = {}, client = one) => {
    const admission = ask(command, args, client);
    if ("limit" in admission) return false;
    admission.release();
    return true;
  };
  return { clock, limits, ask, passes };
}

describe("a rate", () => {
  test("lets through as many as it says at once, then as they come", () => {
    const { clock, passes } = limited('[[limit]]\nrate = "3/min"');
    expect([passes(), passes(), passes(), passes()]).toEqual([true, true, true, false]);
    clock.ms += 19_999;
    expect(passes()).toBe(false);
    clock.ms += 1;
    expect([passes(), passes()]).toEqual([true, false]);
    clock.ms += 3_600_000;
    expect([passes(), passes(), passes(), passes()]).toEqual([true, true, true, false]);
  });

  test("counts nothing for what it refuses", () => {
    const { clock, passes } = limited('[[limit]]\nrate = "1/s"');
    passes();
    for (let i = 0; i < 100; i++) expect(passes()).toBe(false);
    clock.ms += 1000;
    expect(passes()).toBe(true);
  });

  test("says the limit and how long to wait, and where it is written only to the admin", () => {
    const { ask } = limited('\n[[limit]]\nrate = "1/min"');
    ask();
    const refused = ask();
    expect(refused).toEqual({
      limit: "1 request a minute on all connections together; try again in 60 s",
      decision: {
        allowed: false,
        reason: "guest-exec has reached its limit of 1 request a minute on all connections together",
        origin: { file: "1.toml", line: 2 },
        advice: "raise it there",
      },
    });
  });

  test("is shared by all commands that the rule names, and not by others", () => {
    const { passes } = limited('[[limit]]\ncommands = ["guest-exec*"]\nrate = "1/h"');
    expect([passes(exec), passes(commandOf("guest-exec-status")), passes(ping), passes(ping)]).toEqual([true, false, true, true]);
  });

  test("is one for all connections, or one for each", () => {
    const agent = limited('[[limit]]\nrate = "1/h"');
    expect([agent.passes(exec, {}, one), agent.passes(exec, {}, other)]).toEqual([true, false]);
    const each = limited('[[limit]]\nrate = "1/h"\nper = "connection"');
    expect([each.passes(exec, {}, one), each.passes(exec, {}, other), each.passes(exec, {}, one)]).toEqual([true, true, false]);
  });

  test("of several rules, all hold, and what one refuses costs nothing at another", () => {
    const { clock, passes } = limited('[[limit]]\nrate = "2/h"\n[[limit]]\ncommands = "guest-exec"\nrate = "1/s"');
    expect([passes(), passes(), passes()]).toEqual([true, false, false]);
    clock.ms += 1000;
    expect([passes(ping), passes(ping), passes()]).toEqual([true, false, false]);
  });
});

test("what synchronizes and what thaws is never limited", () => {
  const { limits } = limited('[[limit]]\nrate = "1/h"\n[[limit]]\ncommands = ["guest-sync", "guest-fsfreeze-thaw"]\nrate = "1/h"');
  for (const name of ["guest-sync", "guest-sync-delimited", "guest-fsfreeze-thaw"]) expect(limits.concerns(commandOf(name))).toBe(false);
  expect(limits.concerns(ping)).toBe(true);
});

describe("concurrency", () => {
  test("counts what runs until it is released, once", () => {
    const { ask } = limited("[[limit]]\nconcurrency = 2");
    const [first, second] = [ask(), ask()];
    expect(ask()).toMatchObject({ limit: "2 requests at once on all connections together" });
    if ("limit" in first || "limit" in second) throw new Error("refused");
    first.release();
    first.release();
    expect("limit" in ask()).toBe(false);
    expect("limit" in ask()).toBe(true);
    second.release();
    expect("limit" in ask()).toBe(false);
  });
});

describe("bytes", () => {
  test("of arguments and results count, and what goes over is waited for", () => {
    const { clock, ask, passes } = limited('[[limit]]\nbytes = "1 KiB/s"');
    const admission = ask(exec, { path: "x".repeat(1020) });
    if ("limit" in admission) throw new Error("refused");
    admission.answered({ pid: new Uint8Array(2048 - 3) });
    admission.release();
    expect(passes()).toBe(false);
    clock.ms += 2000;
    expect(passes()).toBe(false);
    clock.ms += 10;
    expect(passes()).toBe(true);
  });

  test("one request may be larger than all that is there", () => {
    const { clock, passes } = limited('[[limit]]\nbytes = "1 KiB/s"');
    expect(passes(exec, { path: "x".repeat(1_024_000) })).toBe(true);
    clock.ms += 900_000;
    expect(passes()).toBe(false);
    clock.ms += 100_100;
    expect(passes()).toBe(true);
  });

  test("of one request have a limit of their own", () => {
    const { ask, passes } = limited('[[limit]]\nrequest-bytes = "1 KiB"');
    expect(passes(exec, { path: "x".repeat(1020) })).toBe(true);
    expect(passes(exec, { path: "x".repeat(1021) })).toBe(false);
    expect(passes(exec, { "input-data": new Uint8Array(2000) })).toBe(false);
    expect(ask(exec, { path: "x".repeat(1021) })).toMatchObject({ limit: "1 KiB of arguments" });
  });

  test.each([
    ["", 0],
    ["é", 2],
    ["😀", 4],
    [new Uint8Array(7), 7],
    [["a", "bc"], 3],
    [{ a: "b" }, 2],
    [{ a: undefined }, 0],
    [1, 8],
    [2n ** 63n, 8],
    [true, 8],
    [null, 8],
    [undefined, 0],
    [{ list: [{ n: 1 }] }, 13],
  ])("of %o are %d", (value, bytes) => {
    expect(payloadBytes(value)).toBe(bytes);
  });
});

describe("new rules", () => {
  const reload = (before: string, after: string, exhausted = true) => {
    const { clock, limits, ask } = limited(before);
    ask();
    const next = new Limits(rulesOf(after).limits, limits);
    expect("limit" in next.admit(exec, {}, one)).toBe(exhausted);
    return { clock, next };
  };

  test("a rule that stays goes on where it was, also from another line", () => {
    reload('[[limit]]\nrate = "1/h"', 'profile = "full"\n\n[[limit]]\nrate = "1/h"');
    reload('[[limit]]\nrate = "1/h"\nper = "connection"', '[[limit]]\nconcurrency = 9\n[[limit]]\nrate = "1/h"\nper = "connection"');
    reload("[[limit]]\nconcurrency = 1", "[[limit]]\nconcurrency = 1");
    reload(
      '[[limit]]\ncommands = ["guest-exec", "guest-ping"]\nrate = "1/h"',
      '[[limit]]\ncommands = ["guest-ping", "guest-exec"]\nrate = "1/h"',
    );
  });

  test("a rule that changes begins anew, by the same clock", () => {
    const { clock, next } = reload('[[limit]]\nrate = "1/h"', '[[limit]]\nrate = "2/h"', false);
    next.admit(exec, {}, one);
    expect("limit" in next.admit(exec, {}, one)).toBe(true);
    clock.ms += 1_800_000;
    expect("limit" in next.admit(exec, {}, one)).toBe(false);
  });

  test("the same rule twice is one", () => {
    const { passes } = limited('[[limit]]\nrate = "2/h"\n[[limit]]\nrate = "2/h"');
    expect([passes(), passes(), passes()]).toEqual([true, true, false]);
  });
});
