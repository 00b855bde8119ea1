/** What outlives the agent's process: the counter of file handles, and whether file systems are frozen. */
import { Token } from "./token.ts";

export interface AgentState {
  readonly frozen: boolean;
  /** A number never given before, also by an earlier run; on disk before it is returned. */
  nextHandle(): Promise<number>;
  /** From here on only commands with `whileFrozen` are enabled, and nothing is written. The mark survives a restart. */
  enterFrozen(): Promise<void>;
  leaveFrozen(): Promise<void>;
}

export const AgentState = new Token<AgentState>("agent state");
