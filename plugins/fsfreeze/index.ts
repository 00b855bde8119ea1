/** Freezing the guest's file systems for a consistent snapshot: guest-fsfreeze-status, -freeze, -freeze-list, -thaw. */
import { AgentState, command, definePlugin, Freezer, Mounts, Processes, Settings, Type } from "../../core/plugin.ts";
import { FileSystems } from "./file-systems.ts";
import { Hook } from "./hook.ts";

const privilege = "CAP_SYS_ADMIN: freezes file systems by ioctl.";

export default definePlugin({
  name: "fsfreeze",
  needs: { state: AgentState, mounts: Mounts, freezer: Freezer, processes: Processes, settings: Settings },
  commands: ({ state, mounts, freezer, processes, settings }) => {
    const fileSystems = new FileSystems(state, mounts, freezer, new Hook(processes, settings));
    return [
      command({
        name: "guest-fsfreeze-status",
        since: "0.15",
        summary: 'Tells whether this agent holds file systems frozen: "frozen" or "thawed"; what others freeze or thaw doesn\'t show.',
        parity: "same",
        whileFrozen: true,
        returns: Type.Enum(["thawed", "frozen"]),
        run: () => (state.frozen ? "frozen" : "thawed"),
      }),
      command({
        name: "guest-fsfreeze-freeze",
        since: "0.15",
        summary: "Writes out and freezes all local file systems and returns their number; if one fails, all are thawed again.",
        parity: "better: undone if its client gives it up or the agent is ended; nothing else of the agent waits for it.",
        privilege,
        returns: Type.Int64({ description: "How many file systems this call has frozen." }),
        run: (_, context) => fileSystems.freeze("guest-fsfreeze-freeze", undefined, context),
      }),
      command({
        name: "guest-fsfreeze-freeze-list",
        since: "2.2",
        summary: "Freezes the file systems mounted at the given directories and returns their number; unknown directories are ignored.",
        parity: "better: undone if its client gives it up or the agent is ended; nothing else of the agent waits for it.",
        privilege,
        arguments: Type.Object({
          mountpoints: Type.Optional(
            Type.Array(Type.String(), { description: "The first mount point of each file system, exactly as mounted. Without it: all." }),
          ),
        }),
        returns: Type.Int64({ description: "How many file systems this call has frozen." }),
        run: ({ mountpoints }, context) => fileSystems.freeze("guest-fsfreeze-freeze-list", mountpoints, context),
      }),
      command({
        name: "guest-fsfreeze-thaw",
        thaws: true,
        since: "0.15",
        summary: "Thaws all frozen file systems and returns their number; 0 if something else has thawed them before.",
        parity: "better: ends a freeze that is under way.",
        whileFrozen: true,
        privilege,
        returns: Type.Int64({ description: "How many file systems this call has thawed." }),
        run: (_, { log }) => fileSystems.thaw(log),
      }),
    ];
  },
});
