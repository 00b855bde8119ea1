/**
 * Files of the guest: open, read, write, seek, flush, close, as C's stdio does it.
 *
 * What is written is handed to the system before it is answered; qemu-ga buffers, and reports a full disk only at the flush.
 */
import { AgentState, command, definePlugin, Files, Holdings, Type } from "../../core/plugin.ts";
import { closeFile, flushFile, openFile, readFile, seekFile, writeFile } from "./file-commands.ts";
import { Handles } from "./handles.ts";

const Handle = Type.Int64({ description: "number that guest-file-open returned" });

export default definePlugin({
  name: "file",
  needs: { files: Files, state: AgentState, holdings: Holdings },
  commands: ({ files, state, holdings }) => {
    const handles = new Handles(state, holdings);
    return [
      command({
        name: "guest-file-open",
        since: "0.15",
        summary: "Opens a file and returns a handle for it.",
        parity: "same",
        arguments: Type.Object({
          path: Type.String({ description: "path in the guest; a relative one starts at the agent's working directory", role: "path" }),
          mode: Type.Optional(Type.String({ description: "as fopen takes it: r, w, a, with b and +", default: "r" })),
        }),
        returns: Type.Int64(),
        privilege: "whatever the path needs",
        run: ({ path, mode = "r" }, context) => openFile(files, handles, path, mode, context),
      }),
      command({
        name: "guest-file-close",
        since: "0.15",
        summary: "Closes an open file.",
        parity: "better: the agent survives a second close of a handle whose first close failed.",
        arguments: Type.Object({ handle: Handle }),
        run: ({ handle }) => closeFile(handles, handle),
      }),
      command({
        name: "guest-file-read",
        since: "0.15",
        summary: "Reads from an open file, at its position.",
        parity: "better: a pipe that holds less than asked for gives what there is; large reads are many times as fast.",
        arguments: Type.Object({
          handle: Handle,
          count: Type.Optional(Type.Int64({ description: "bytes to read at most, up to 48 MiB", default: 4096 })),
        }),
        returns: Type.Object({ count: Type.Int64(), "buf-b64": Type.Base64(), eof: Type.Boolean() }),
        run: ({ handle, count = 4096 }, context) => readFile(handles, handle, count, context),
      }),
      command({
        name: "guest-file-write",
        since: "0.15",
        summary: "Writes to an open file, at its position.",
        parity:
          "better: written at once, so that a full disk fails the write itself and others see the bytes; large writes are many times as fast.",
        arguments: Type.Object({
          handle: Handle,
          "buf-b64": Type.Base64({ description: "the bytes" }),
          count: Type.Optional(Type.Int64({ description: "bytes to write, if not all" })),
        }),
        returns: Type.Object({ count: Type.Int64(), eof: Type.Boolean() }),
        run: ({ handle, "buf-b64": bytes, count }, context) => writeFile(handles, handle, bytes, count ?? bytes.length, context),
      }),
      command({
        name: "guest-file-seek",
        since: "0.15",
        summary: "Moves the position of an open file, and tells it.",
        parity: "same",
        arguments: Type.Object({
          handle: Handle,
          offset: Type.Int64({ description: "bytes" }),
          whence: Type.Alternate("GuestFileWhence", ["integer"], ["set", "cur", "end"], {
            description: "from the start (set, 0), the position (cur, 1) or the end (end, 2)",
          }),
        }),
        returns: Type.Object({ position: Type.Int64(), eof: Type.Boolean() }),
        run: ({ handle, offset, whence }, context) => seekFile(handles, handle, offset, whence, context),
      }),
      command({
        name: "guest-file-flush",
        since: "0.15",
        summary: "Hands what was written to the system. It already is: the command is there for clients that call it.",
        parity: "same",
        arguments: Type.Object({ handle: Handle }),
        run: ({ handle }) => flushFile(handles, handle),
      }),
    ];
  },
});
