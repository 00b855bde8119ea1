/** Programs of the guest, run for the host: guest-exec and guest-exec-status. */
import { ChildProcesses, command, definePlugin, Holdings, Type } from "../../core/plugin.ts";
import { processStatus, startProcess } from "./processes.ts";
import { Results } from "./results.ts";

const captureOutput = Type.Alternate("GuestExecCaptureOutput", ["boolean"], ["none", "stdout", "stderr", "separated", "merged"], {
  description:
    "what guest-exec-status will return: nothing (none, false), one stream, both apart (separated, true), or both in their order as out-data (merged)",
  default: false,
});

const truncated = "there was more: only the first 16 MiB are kept, and less where all outputs together take more than 256 MiB";

export default definePlugin({
  name: "exec",
  needs: { children: ChildProcesses, holdings: Holdings },
  commands: ({ children, holdings }) => {
    const results = new Results(holdings);
    return [
      command({
        name: "guest-exec",
        since: "2.5",
        summary: "Starts a program, without a shell and in a session of its own, and returns its process id once it is loaded.",
        parity:
          "better: capturing one stream works, a program on a dead server doesn't block the agent, unread results are bounded, arguments are never logged.",
        arguments: Type.Object({
          path: Type.String({
            description: "the program: a path, or a name to look for in PATH (that of env, if it has one)",
            role: "program",
          }),
          arg: Type.Optional(Type.Array(Type.String(), { description: "its arguments, without its name", secret: true })),
          env: Type.Optional(
            Type.Array(Type.String(), {
              description: "NAME=value each; replaces the agent's environment",
              role: "environment",
              secret: true,
            }),
          ),
          "input-data": Type.Optional(Type.Base64({ description: "its standard input, which is empty otherwise", secret: true })),
          "capture-output": Type.Optional(captureOutput),
        }),
        returns: Type.Object({ pid: Type.Int64({ description: "of the process, which is also its group's" }) }),
        privilege: "what the program needs: it runs as the agent's user",
        run: (args, context) => startProcess(children, results, args, context),
      }),
      command({
        name: "guest-exec-status",
        since: "2.5",
        summary:
          "Tells whether a process of guest-exec still runs, and once how it ended; the last 1000 that ended are remembered until then.",
        parity: "better: a process that was left behind with an output open doesn't keep the status from saying exited.",
        arguments: Type.Object({ pid: Type.Int64({ description: "what guest-exec returned" }) }),
        returns: Type.Object({
          exited: Type.Boolean({
            description:
              "whether it has ended and its output was read; for output that a process left behind still holds open, 2 to 10 seconds",
          }),
          exitcode: Type.Optional(Type.Int64({ description: "if it ended by itself" })),
          signal: Type.Optional(Type.Int64({ description: "the signal's number, if one ended it" })),
          "out-data": Type.Optional(Type.Base64({ description: "what it wrote to standard output, if anything" })),
          "err-data": Type.Optional(Type.Base64({ description: "what it wrote to standard error, if anything" })),
          "out-truncated": Type.Optional(Type.Boolean({ description: truncated })),
          "err-truncated": Type.Optional(Type.Boolean({ description: truncated })),
        }),
        run: ({ pid }, context) => processStatus(results, pid, context),
      }),
    ];
  },
});
