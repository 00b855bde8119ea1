import { expect, test } from "vitest";
import { COMMANDS } from "../contract/hostile-plugins/table.ts";
import { ENDS } from "../contract/isolated/hostile-table.ts";
import { endOfLine, type Quote, textOf, whole } from "../quote.ts";

/** A quote that is no text has an expression of its own, which the page doesn't show. */
const quotes: readonly Quote[] = [
  ...COMMANDS.flatMap(([, , reads, logs]) => [typeof reads === "object" && "return" in reads ? [] : reads, logs ?? []].flat()),
  ...ENDS.map(([, , reason]) => reason),
];

test.each(quotes.map((quote) => [textOf(quote), quote] as const))("what the page has of it matches: %s", (text, quote) => {
  expect(text).toMatch(whole(quote));
});

test("a text is meant as it stands, but for what differs", () => {
  expect("a.b (7 s)").toMatch(whole("a.b (… s)"));
  expect("aXb (7 s)").not.toMatch(whole("a.b (… s)"));
  expect("a.b (7 s) and more").not.toMatch(whole("a.b (… s)"));
  expect("a.b (7\n s)").not.toMatch(whole("a.b (… s)"));
  expect("1.0: error: it failed\n2.0: x").toMatch(endOfLine("it failed"));
  expect("1.0: error: it failed again").not.toMatch(endOfLine("it failed"));
});
