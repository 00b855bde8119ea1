/** Runs before every test file: the tests that a runtime can't pass have to fail there, so that none is listed for longer than it is true. */
import { relative } from "node:path";
import { beforeEach, type TestContext } from "vitest";
import { entriesOf, means } from "./limit.ts";

beforeEach(({ task }: TestContext) => {
  const names = [task.name];
  for (let { suite } = task; suite; suite = suite.suite) names.unshift(suite.name);
  const name = names.join(" > ");
  const entries = entriesOf(relative(process.cwd(), task.file.filepath));
  if (entries.some((entry) => means(entry, name))) Object.assign(task, { fails: true });
});
