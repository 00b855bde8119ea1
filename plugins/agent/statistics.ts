/** guest-lodger-stats: what the agent has done since its start, and what it takes of the machine. */
import { type AgentStatistics, command, Type } from "../../core/plugin.ts";

const Count = (description?: string) => Type.Int64(description === undefined ? {} : { description });

const Command = Type.Object({
  name: Type.String(),
  count: Count("how often it was asked for, since it was loaded"),
  errors: Count(),
  timed: Count(
    "of which the times are, from the request to the answer: all that take their time; of what is answered at once the first in each piece of bytes that was read, and one in 16 behind it",
  ),
  "total-ns": Count(),
  "mean-ns": Count(),
  "max-ns": Count(),
  "p50-ns": Count("half of them were answered within this, estimated from the buckets"),
  "p90-ns": Count(),
  "p99-ns": Count(),
  buckets: Type.Array(Type.Int64(), {
    description: "how many took up to each of the bounds and longer than the one before; the last has the rest",
  }),
});

const Returns = Type.Object({
  version: Type.String({ description: "as of guest-info" }),
  "uptime-seconds": Count(),
  requests: Count("all that were answered, also with an error"),
  malformed: Count(
    "what was answered because it is no JSON, and is not among the requests: also the byte 0xFF, by which many clients begin",
  ),
  abandoned: Count("requests that a later sync has given up"),
  errors: Type.Array(Type.Object({ class: Type.String(), count: Type.Int64() })),
  commands: Type.Array(Command, { description: "those that were asked for" }),
  "bucket-bounds-ns": Type.Array(Type.Int64()),
  received: Count("bytes, from clients"),
  sent: Count("bytes, to clients"),
  memory: Type.Object({
    resident: Count("bytes, as all of these"),
    "private-dirty": Type.Optional(Count("what goes when the agent goes; Linux")),
    "heap-total": Count("JavaScript's heap"),
    "heap-used": Count(),
    external: Count("outside of it"),
    "array-buffers": Count("a part of external"),
  }),
  connections: Type.Array(Type.Object({ transport: Type.String(), open: Type.Int64(), total: Type.Int64() })),
  descriptors: Type.Optional(Count("of open files, sockets and devices; Linux")),
  held: Type.Array(Type.Object({ what: Type.String({ description: "file-handles, processes" }), count: Type.Int64() }), {
    description: "what plugins hold for clients, of what there was any",
  }),
  plugins: Type.Array(Type.Object({ name: Type.String(), state: Type.String(), commands: Type.Int64() })),
  frozen: Type.Boolean(),
  "last-freeze": Type.Optional(
    Type.Object(
      {
        began: Count("seconds since 1970"),
        "lasted-ms": Type.Optional(Count("missing while it lasts")),
        "ended-by": Type.Optional(Type.String({ description: "the command, the lease" })),
      },
      { description: "since the agent's start" },
    ),
  ),
  "event-loop": Type.Optional(
    Type.Object(
      { "busy-ns": Type.Int64(), "idle-ns": Type.Int64() },
      { description: "of the agent's thread; missing on a runtime that doesn't tell" },
    ),
  ),
});

export const statisticsCommand = (statistics: AgentStatistics) =>
  command({
    name: "guest-lodger-stats",
    since: "0.1",
    summary: "Tells what the agent has done since its start: requests, errors, times by command, bytes, connections, and its memory.",
    profile: "observe",
    // It reads /proc and the agent's own memory, and no disk.
    whileFrozen: true,
    returns: Returns,
    run: () => statistics.report(),
  });
