/** A strict reader of Prometheus' text format: what its own parser refuses, and what promtool complains of, is an error here. */

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`);
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;

/** @throws Error naming the line. */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let current = "";
  let help: string | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const refuse = (why: string): never => {
      throw new Error(`${why}: ${line}`);
    };
    const [, comment, name = "", rest = ""] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line) ?? [];
    if (comment === "HELP") {
      if (families.has(name)) refuse("a family comes twice");
      current = name;
      help = rest;
    } else if (comment === "TYPE") {
      if (name !== current || help === undefined) refuse("TYPE without its HELP in front");
      if (!["counter", "gauge", "histogram"].includes(rest)) refuse("no such type");
      if ((rest === "counter") !== name.endsWith("_total")) refuse("counters, and they alone, end with _total");
      families.set(name, { type: rest, help: help ?? "", samples: [] });
      help = undefined;
    } else {
      const [, sample = "", labels = "", value = ""] = SAMPLE.exec(line) ?? refuse("no sample");
      const family = families.get(current) ?? refuse("a sample without a family");
      const suffixes = family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
      if (!suffixes.some((suffix) => sample === current + suffix)) refuse("a sample of another family");
      if (seen.has(`${sample}{${labels}}`)) refuse("a sample comes twice");
      seen.add(`${sample}{${labels}}`);
      if (!/^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/.test(value)) refuse("no number");
      family.samples.push({ name: sample, labels: parseLabels(labels), value: Number(value) });
    }
  }
  for (const [name, family] of families) if (family.type === "histogram") checkHistogram(name, family);
  return families;
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const at = LABEL.lastIndex;
    const [, name = "", value = ""] = LABEL.exec(text) ?? [];
    if (name === "" || name in labels) throw new Error(`no label at ${text.slice(at)}`);
    labels[name] = value.replace(/\\([\\"n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
  }
  return labels;
}

function checkHistogram(name: string, { samples }: Family): void {
  const series = Map.groupBy(samples, ({ labels: { le: _, ...rest } }) => JSON.stringify(rest));
  for (const [key, of] of series) {
    const buckets = of.filter((each) => each.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => (labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le)));
    const rises = (values: readonly number[], strictly: boolean) =>
      values.every((value, index) => index === 0 || (strictly ? value > (values[index - 1] ?? 0) : value >= (values[index - 1] ?? 0)));
    const count = of.find((each) => each.name === `${name}_count`)?.value;
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || !rises(bounds, true)) throw new Error(`the bounds of ${key} don't rise to +Inf`);
    if (
      !rises(
        buckets.map(({ value }) => value),
        false,
      )
    )
      throw new Error(`the buckets of ${key} don't add up`);
    if (count !== buckets.at(-1)?.value) throw new Error(`the count of ${key} is not its last bucket`);
    if (!of.some((each) => each.name === `${name}_sum`)) throw new Error(`${key} has no sum`);
  }
}
