import fc from "fast-check";
import { expect, test } from "vitest";
import { CAPTURE_BYTES } from "../../../plugins/exec/capture.ts";
import { type Result, Results } from "../../../plugins/exec/results.ts";

const nothing = { set: () => undefined };

test("a chunk that doesn't fit is kept as far as it does, and nothing comes after it", async () => {
  const results = new Results(nothing);
  const capture = results.capture();
  capture.append(new Uint8Array(CAPTURE_BYTES - 2).fill(1));
  capture.append(Uint8Array.of(2, 3, 4));
  capture.append(Uint8Array.of(5));
  expect(capture.truncated).toBe(true);
  expect([...capture.bytes().subarray(-3)]).toEqual([1, 2, 3]);
});

test("what runs never uses more than the limit, and is told as truncated", () => {
  const results = new Results(nothing, { bytes: 10, ended: 5 });
  const [one, two] = [results.capture(), results.capture()];
  one.append(Buffer.from("1234567"));
  two.append(Buffer.from("1234"));
  two.append(Buffer.from("1")); // would fit, but not where it belongs
  expect([one.truncated, two.truncated, two.used, two.size, results.bytes]).toEqual([false, true, true, 0, 7]);
});

test("a start that came too late leaves nothing behind", async () => {
  const results = new Results(nothing);
  const [out, err] = [results.capture(), results.capture()];
  out.append(Buffer.from("before"));
  results.discard({ out, err });
  out.append(Buffer.from("after"));
  expect([results.bytes, out.size]).toEqual([0, 0]);
});

test("whatever happens, the bytes are counted right and stay below the limit", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("start" as const), pid: fc.integer({ min: 1, max: 6 }) }),
    fc.record({ do: fc.constant("write" as const), which: fc.nat(), bytes: fc.integer({ min: 0, max: 40 }), err: fc.boolean() }),
    fc.record({ do: fc.constant("end" as const), which: fc.nat() }),
    fc.record({ do: fc.constant("fetch" as const), which: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const results = new Results(nothing, { bytes: 100, ended: 3 });
      const all: Result[] = [];
      for (const each of steps) {
        const result = "which" in each ? all[each.which % Math.max(1, all.length)] : undefined;
        if (each.do === "start") all.push(results.add(each.pid, results.capture(), results.capture()));
        else if (result === undefined) continue;
        else if (each.do === "write") (each.err ? result.err : result.out).append(new Uint8Array(each.bytes));
        else if (each.do === "end") results.finish(result, { status: 0, signal: undefined, cut: [] });
        else if (results.find(result.pid) === result && result.end !== undefined) {
          results.take(result);
          results.discard(result);
        }
        const kept = all.reduce((sum, { out, err }) => sum + out.size + err.size, 0);
        expect(results.bytes).toBe(kept);
        expect(kept).toBeLessThanOrEqual(100);
        const known = all.filter((one) => results.find(one.pid) === one);
        expect(known.filter(({ end }) => end !== undefined).length).toBeLessThanOrEqual(3);
        for (const one of all) if (!known.includes(one)) expect(one.out.size + one.err.size).toBe(0);
      }
    }),
  );
});

test("the end of a process whose pid was used again takes no place", () => {
  const results = new Results(nothing, { bytes: 10, ended: 1 });
  const end = { status: 0, signal: undefined, cut: [] };
  const start = (pid: number) => results.add(pid, results.capture(), results.capture());
  const [older, , other] = [start(1), start(1), start(2)];
  results.finish(other, end);
  results.finish(older, end);
  expect(results.find(2)).toBe(other);
});
