/**
 * The last line of every test run: `N passed, N failed, N skipped`. Before it, each skipped test is named with its reason.
 * With CI set, a skipped test fails the run: there, everything that a test needs is installed.
 */
import type { Reporter, SerializedError, TestCase, TestModule } from "vitest/node";
import { entriesOf, means } from "./runtimes/limit.ts";

export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const passed: TestCase[] = [];
    const failed: TestCase[] = [];
    const skipped: TestCase[] = [];
    let broken = unhandled.length; // what failed without being a test: a file that can't be loaded, a hook, a stray rejection
    for (const module of modules) {
      const failedBefore = failed.length;
      for (const test of module.children.allTests()) listFor(test, { passed, failed, skipped }).push(test);
      if (module.state() === "failed" && failed.length === failedBefore) broken += 1;
    }
    for (const stale of staleEntries(modules)) {
      console.log(`FAILED: test/runtimes lists a test that there is none of: ${stale}`);
      broken += 1;
      process.exitCode = 1;
    }
    for (const test of skipped) console.log(`skipped: ${nameOf(test)}: ${reasonOf(test)}`);
    if (skipped.length > 0 && isCI()) {
      console.log(`FAILED: with CI set nothing may be skipped, and ${skipped.length} ${skipped.length === 1 ? "was" : "were"}: see above`);
      process.exitCode = 1;
    }
    console.log(`${passed.length} passed, ${failed.length + broken} failed, ${skipped.length} skipped`);
  }
}

/** What the table of this runtime has of files that were run whole, and no test answers to. */
function staleEntries(modules: readonly TestModule[]): string[] {
  return modules.flatMap((module) => {
    const names = Array.from(module.children.allTests(), ({ fullName }) => fullName);
    const missing = entriesOf(module.relativeModuleId).filter((entry) => !names.some((name) => means(entry, name)));
    return missing.map((entry) => `${module.relativeModuleId} > ${entry}`);
  });
}

function listFor(test: TestCase, lists: Record<"passed" | "failed" | "skipped", TestCase[]>): TestCase[] {
  const { state } = test.result();
  // A test that never ended (the run was broken off) has not passed.
  return state === "passed" ? lists.passed : state === "skipped" ? lists.skipped : lists.failed;
}

function nameOf(test: TestCase): string {
  return `${test.project.name}: ${test.module.relativeModuleId} > ${test.fullName}`;
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  const note = result.state === "skipped" ? result.note : undefined;
  return note ?? `no reason given (${test.options.mode})`;
}

function isCI(): boolean {
  const value = process.env.CI ?? "";
  return value !== "" && value !== "false" && value !== "0";
}
