/** When memory is collected and given back: by what is in use, and by whether there is work. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Tidying } from "../../../core/process/tidying.ts";

const MIB = 1024 * 1024;

let used: number;
let resident: { own: number; mapped: number };
let done: string[];

const memory = {
  used: () => used,
  resident: () => resident,
  collect: () => {
    done.push("collect");
    used = 8 * MIB;
  },
  release: () => {
    done.push("release");
    resident = { ...resident, own: 12 * MIB };
  },
  forget: () => {
    done.push("forget");
    resident = { ...resident, mapped: 8 * MIB };
  },
};

beforeEach(() => {
  vi.useFakeTimers();
  used = 9 * MIB;
  resident = { own: 14 * MIB, mapped: 38 * MIB };
  done = [];
});
afterEach(() => vi.useRealTimers());

function started(): Tidying {
  const tidying = new Tidying(memory);
  vi.advanceTimersByTime(10_000);
  return tidying;
}

test("what the start has left is given back once; then an agent that nobody asks has no timer", () => {
  started();
  expect(done).toEqual(["forget", "collect", "release"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("after work all is given back, and then nothing is looked at any more", () => {
  const tidying = started();
  done = [];
  used = 60 * MIB;
  resident = { own: 60 * MIB, mapped: 30 * MIB };
  tidying.worked();
  vi.advanceTimersByTime(10_000);
  expect(done).toEqual(["collect", "forget", "collect", "release"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("work that goes on for ever is collected after, whenever there is much", () => {
  const tidying = started();
  done = [];
  for (let second = 0; second < 100; second++) {
    used += MIB;
    tidying.worked();
    vi.advanceTimersByTime(1000);
  }
  expect(done.length).toBeGreaterThan(10);
  expect(done.length).toBeLessThan(30);
  expect(new Set(done)).toEqual(new Set(["collect"]));
});

test("a little work costs neither a collection nor native calls", () => {
  const tidying = started();
  done = [];
  used += 100_000;
  resident = { own: 12.5 * MIB, mapped: 20 * MIB };
  tidying.worked();
  vi.advanceTimersByTime(10_000);
  expect(done).toEqual([]);
});

test("buffers that are only dropped after the work are given back too", () => {
  const tidying = started();
  done = [];
  tidying.worked();
  vi.advanceTimersByTime(2500);
  used += 50 * MIB;
  resident = { ...resident, own: 62 * MIB };
  vi.advanceTimersByTime(10_000);
  expect(done).toEqual(["collect", "release"]);
});
