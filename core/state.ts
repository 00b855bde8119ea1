/** What outlives the agent's process: the counter of file handles, and whether file systems are frozen. */
import { Token } from "./token.ts";

export interface AgentState {
  readonly frozen: boolean;
  /** Whether a freeze is under way, from its hooks to its success or its undoing. */
  freezing: boolean;
  /** A number never given before, also by an earlier run; on disk before it is returned. */
  nextHandle(): Promise<number>;
  /** From here on only commands with `whileFrozen` are enabled, and nothing is written. The mark survives a restart. */
  enterFrozen(): Promise<void>;
  /**
   * Writing goes on, also if this fails: then the next start finds a mark that is not true any more.
   * @param by what has ended it: a command, the lease.
   */
  leaveFrozen(by?: string): Promise<void>;
  /** The file that is there while file systems are frozen; and where whoever thaws in the agent's place leaves a note for the next start. */
  readonly frozenMark: { readonly mark: string; readonly note: string };
}

export const AgentState = new Token<AgentState>("agent state");
