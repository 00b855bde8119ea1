/** The guest's memory as the kernel plugs it: guest-get-memory-blocks, guest-set-memory-blocks, guest-get-memory-block-info. */
import { command, definePlugin, Files, onlyOn, Type } from "../../core/plugin.ts";
import { blockSize } from "./block-size.ts";
import { hasMemoryBlocks, listBlocks } from "./blocks.ts";
import { setBlocks } from "./set-blocks.ts";

const Block = Type.Object({
  "phys-index": Type.Uint64({ description: "N of /sys/devices/system/memory/memoryN." }),
  online: Type.Boolean(),
  "can-offline": Type.Optional(Type.Boolean({ description: "Whether the kernel may be able to take it offline; ignored as an argument." })),
});

const Outcome = Type.Object({
  "phys-index": Type.Uint64(),
  response: Type.Enum(["success", "not-found", "operation-not-supported", "operation-failed"]),
  "error-code": Type.Optional(Type.Int64({ description: "Linux's errno; missing on success." })),
});

const privilege = "root: writes to /sys/devices/system/memory.";

const onLinux = onlyOn(["linux"], "only Linux plugs memory in blocks");

export default definePlugin({
  name: "memory",
  needs: { files: Files },
  commands: ({ files }) => {
    const supported = () => (onLinux() === true ? hasMemoryBlocks(files) : onLinux());
    return [
      command({
        name: "guest-get-memory-blocks",
        since: "2.3",
        summary: "Lists the blocks of memory, and which are online; none where the kernel has no memory hotplug.",
        profile: "observe",
        returns: Type.Array(Block),
        parity: "better: in the order of their numbers, and an empty list where qemu-ga answers an error",
        supported: onLinux,
        run: () => listBlocks(files),
      }),
      command({
        name: "guest-set-memory-blocks",
        since: "2.3",
        summary: "Takes blocks of memory online or offline, each for itself.",
        profile: "standard",
        arguments: Type.Object({ "mem-blks": Type.Array(Block) }),
        returns: Type.Array(Outcome, { description: "In the order of the argument." }),
        privilege,
        parity: "better: a success has no error code",
        supported,
        run: ({ "mem-blks": blocks }) => setBlocks(files, blocks),
      }),
      command({
        name: "guest-get-memory-block-info",
        since: "2.3",
        summary: "Tells how large a block of memory is.",
        profile: "observe",
        returns: Type.Object({ size: Type.Uint64({ description: "Bytes." }) }),
        parity: "better: exact above 2^63, and what is no number is an error instead of 0",
        supported,
        run: () => blockSize(files),
      }),
    ];
  },
});
