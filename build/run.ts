/** Programs of the build, by argument vector. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { BuildFailure } from "./failure.ts";

const execute = promisify(execFile);

/**
 * @param from the package that has the program, for the message if it is missing.
 * @param cwd default: this process's.
 * @returns its standard output.
 */
export async function run(program: string, args: readonly string[], from: string, cwd?: string): Promise<string> {
  try {
    return (await execute(program, args, { maxBuffer: 1 << 28, cwd, env: { ...process.env, LC_ALL: "C" } })).stdout;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new BuildFailure(`the build needs \`${program}\`: install the package ${from}`, { cause: error });
    }
    throw error;
  }
}
