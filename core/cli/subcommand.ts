/** A word in front of the options that asks for something else than running the agent. */
import type { StartInput } from "../config/start.ts";
import type { AgentEnvironment } from "../run.ts";

export interface SubcommandInput extends Omit<StartInput, "admin"> {
  /** What the program is made of. */
  readonly agent: AgentEnvironment;
  readonly write: (text: string) => void;
}

/** Its arguments are those behind the word. @returns the exit status. @throws StartError */
export type Subcommand = (input: SubcommandInput) => number | Promise<number>;
