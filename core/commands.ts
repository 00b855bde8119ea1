/** What a plugin may know of all the commands: guest-info reports it. */
import { Token } from "./token.ts";

export interface CommandInfo {
  readonly name: string;
  /** As the gate would decide now. */
  readonly enabled: boolean;
  readonly answers: boolean;
}

export interface Commands {
  /** The supported commands in the order in which they were registered. */
  list(): readonly CommandInfo[];
}

export const Commands = new Token<Commands>("commands");

/** What guest-info reports as the agent's version: the level of the interface, with ours behind it. */
export const AgentVersion = new Token<string>("agent version");
