/** Helper programs of commands (shutdown, hooks): run to the end, and their failure told in the interface's words. */
import { type CommandError, failed } from "./errors.ts";
import { OsError, type Processes, type ProcessOptions, type ProcessResult } from "./os/ports.ts";

/**
 * Runs a program whose failure is the command's failure.
 * @param program absolute path, or a name for the standard places.
 * @param action what it is for, as it reads after "child process has failed to".
 * @returns what it printed.
 * @throws CommandError with what it printed, or its exit status if it printed nothing.
 */
export async function runHelper(
  processes: Processes,
  program: string,
  args: readonly string[],
  action: string,
  options: ProcessOptions = {},
): Promise<string> {
  let result: ProcessResult;
  try {
    result = await processes.run(program, args, options);
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    // What could not be started reads as if the child had printed it, line end included: so clients know it.
    throw failed(`child process has failed to ${action}: failed to exec '${program}': ${error.message}\n`);
  }
  const failure = failureOf(result, action);
  if (failure !== undefined) throw failure;
  return result.output;
}

function failureOf({ status, output }: ProcessResult, action: string): CommandError | undefined {
  if (status === 0) return undefined;
  if (status === undefined) return failed(`child process has terminated abnormally${output === "" ? "" : `: ${output}`}`);
  return failed(`child process has failed to ${action}: ${output === "" ? `exit status ${status}` : output}`);
}
