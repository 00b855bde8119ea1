/** Limits in words. */
import type { LimitRule, Rate } from "./rules.ts";

type Per = LimitRule["per"];

const TIMES: readonly (readonly [ms: number, name: string])[] = [
  [3_600_000, "an hour"],
  [60_000, "a minute"],
  [1000, "a second"],
];
const SIZES: readonly (readonly [bytes: number, name: string])[] = [
  [1024 ** 4, "TiB"],
  [1024 ** 3, "GiB"],
  [1024 ** 2, "MiB"],
  [1024, "KiB"],
];

export const limitText = {
  rate: ({ count, perMs }: Rate, per: Per) => `${count} ${count === 1 ? "request" : "requests"} ${timeText(perMs)} ${scope(per)}`,
  concurrency: (count: number, per: Per) => `${count} ${count === 1 ? "request" : "requests"} at once ${scope(per)}`,
  bytes: ({ count, perMs }: Rate, per: Per) => `${sizeText(count)} ${timeText(perMs)} ${scope(per)}`,
  requestBytes: (count: number) => `${sizeText(count)} of arguments`,
};

/** All that one rule limits. */
export function ruleText({ rate, concurrency, bytes, requestBytes, per }: LimitRule): string {
  return [
    rate && limitText.rate(rate, per),
    concurrency && limitText.concurrency(concurrency, per),
    bytes && limitText.bytes(bytes, per),
    requestBytes && limitText.requestBytes(requestBytes),
  ]
    .filter(Boolean)
    .join(", ");
}

function scope(per: Per): string {
  return per === "agent" ? "on all connections together" : "on a connection";
}

function timeText(ms: number): string {
  return TIMES.find(([time]) => time === ms)?.[1] ?? `in ${ms} ms`;
}

function sizeText(bytes: number): string {
  const [size, name] = SIZES.find(([each]) => bytes % each === 0) ?? [1, "bytes"];
  return `${bytes / size} ${name}`;
}
