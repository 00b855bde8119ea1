/** Freezing the guest's file systems for a consistent snapshot: guest-fsfreeze-status, -freeze, -freeze-list, -thaw. */
import {
  AgentState,
  BlockDevices,
  command,
  definePlugin,
  Files,
  FreezeGuard,
  Freezer,
  Mounts,
  onlyOn,
  Processes,
  Settings,
  Type,
} from "../../core/plugin.ts";
import { Freezing } from "./freezing.ts";
import { Hooks } from "./hooks.ts";
import { PlanAnswer, planAnswer } from "./plan-answer.ts";

const privilege = "CAP_SYS_ADMIN: freezes file systems by ioctl.";

const supported = onlyOn(
  ["linux"],
  "file systems are frozen on Linux only: on Windows it takes a signed VSS provider, which lodger has not, and macOS has no such call",
);

export default definePlugin({
  name: "fsfreeze",
  needs: {
    state: AgentState,
    mounts: Mounts,
    devices: BlockDevices,
    freezer: Freezer,
    guard: FreezeGuard,
    files: Files,
    processes: Processes,
    settings: Settings,
  },
  commands: (needs) => {
    const { state } = needs;
    const freezing = new Freezing(needs, new Hooks(needs.processes, needs.files, needs.settings));
    return [
      command({
        name: "guest-fsfreeze-status",
        since: "0.15",
        summary: 'Tells whether this agent holds file systems frozen: "frozen" or "thawed"; what others freeze or thaw doesn\'t show.',
        profile: "observe",
        parity: "same",
        whileFrozen: true,
        returns: Type.Enum(["thawed", "frozen"]),
        supported,
        run: () => (state.frozen ? "frozen" : "thawed"),
      }),
      command({
        name: "guest-fsfreeze-freeze",
        since: "0.15",
        summary: "Writes out and freezes all local file systems and returns their number; if one fails, all are thawed again.",
        profile: "backup",
        parity: "better: ends by itself when its lease is over, its client gives it up or the agent is killed; nothing else waits for it.",
        privilege,
        returns: Type.Int64({ description: "How many file systems this call has frozen." }),
        supported,
        run: (_, context) => freezing.freeze("guest-fsfreeze-freeze", undefined, context),
      }),
      command({
        name: "guest-fsfreeze-freeze-list",
        since: "2.2",
        summary: "Freezes the file systems mounted at the given directories and returns their number; unknown directories are ignored.",
        profile: "backup",
        parity: "better: ends by itself when its lease is over, its client gives it up or the agent is killed; nothing else waits for it.",
        privilege,
        arguments: Type.Object({
          mountpoints: Type.Optional(
            Type.Array(Type.String(), { description: "Any mount point of each file system, as mounted. Without it: all." }),
          ),
        }),
        returns: Type.Int64({ description: "How many file systems this call has frozen." }),
        supported,
        run: ({ mountpoints }, context) => freezing.freeze("guest-fsfreeze-freeze-list", mountpoints, context),
      }),
      command({
        name: "guest-fsfreeze-thaw",
        thaws: true,
        since: "0.15",
        summary: "Thaws all frozen file systems and returns their number; 0 if something else has thawed them before.",
        profile: "backup",
        parity: "better: ends a freeze that is under way.",
        whileFrozen: true,
        privilege,
        returns: Type.Int64({ description: "How many file systems this call has thawed." }),
        supported,
        run: (_, { log }) => freezing.thaw(log),
      }),
      command({
        name: "guest-lodger-freeze-plan",
        since: "0.1",
        summary: "Tells what guest-fsfreeze-freeze would freeze, in which order and why, and what it would leave out; nothing is frozen.",
        profile: "observe",
        arguments: Type.Object({
          mountpoints: Type.Optional(Type.Array(Type.String(), { description: "As of guest-fsfreeze-freeze-list. Without it: all." })),
        }),
        returns: PlanAnswer,
        supported,
        run: ({ mountpoints }, { log }) => freezing.plan(mountpoints, log).then(planAnswer),
      }),
    ];
  },
});
