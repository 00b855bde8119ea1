/**
 * What every client begins with: synchronization, a sign of life, and what this agent can do.
 */
import { AgentStatistics, AgentVersion, Commands, command, definePlugin, Type } from "../../core/plugin.ts";
import { statisticsCommand } from "./statistics.ts";

const SyncArguments = Type.Object({ id: Type.Int64({ description: "a random integer, by which the client knows the answer" }) });

const CommandInfo = Type.Object({
  name: Type.String(),
  enabled: Type.Boolean({ description: "whether the admin's rules and the frozen state let it run now" }),
  "success-response": Type.Boolean({ description: "false: success is not answered" }),
});

export default definePlugin({
  name: "agent",
  needs: { commands: Commands, version: AgentVersion, statistics: AgentStatistics },
  commands: ({ commands, version, statistics }) => [
    command({
      name: "guest-sync-delimited",
      since: "1.1",
      summary: "Echoes an integer behind the byte 0xFF, by which a client finds its place in the stream.",
      parity: "better: answered within 250 ms whatever hangs before it.",
      arguments: SyncArguments,
      returns: Type.Int64(),
      whileFrozen: true,
      delimited: true,
      synchronizes: true,
      run: ({ id }) => id,
    }),
    command({
      name: "guest-sync",
      since: "0.15",
      summary: "Echoes an integer, by which a client knows that earlier answers are behind it.",
      parity: "better: answered within 250 ms whatever hangs before it.",
      arguments: SyncArguments,
      returns: Type.Int64(),
      whileFrozen: true,
      synchronizes: true,
      run: ({ id }) => id,
    }),
    command({
      name: "guest-ping",
      since: "0.15",
      summary: "Answers, to show that the agent lives.",
      profile: "observe",
      parity: "same",
      whileFrozen: true,
      run: () => undefined,
    }),
    command({
      name: "guest-info",
      since: "0.15",
      summary: "Tells the agent's version, and which commands it has and which of them are enabled now.",
      profile: "observe",
      parity:
        "better: an entry says what the admin's rules and the frozen state would decide now, also for a blocked command while frozen.",
      returns: Type.Object({ version: Type.String(), supported_commands: Type.Array(CommandInfo) }),
      whileFrozen: true,
      run: () => ({
        version,
        // The interface's own agent lists them in reverse, and clients have been seen to show them as they come.
        supported_commands: commands
          .list()
          .map(({ name, enabled, answers }) => ({ name, enabled, "success-response": answers }))
          .reverse(),
      }),
    }),
    statisticsCommand(statistics),
  ],
});
