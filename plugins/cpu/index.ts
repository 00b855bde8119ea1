/** The guest's processors: guest-get-vcpus, guest-set-vcpus, guest-get-cpustats, guest-get-load. */
import { command, definePlugin, Files, onlyOn, SystemInformation, Type } from "../../core/plugin.ts";
import { cpuTimes } from "./cpu-times.ts";
import { listProcessors, setProcessors } from "./processors.ts";

const Processor = Type.Object({
  "logical-id": Type.Int64({ description: "N of /sys/devices/system/cpu/cpuN." }),
  online: Type.Boolean(),
  "can-offline": Type.Optional(Type.Boolean({ description: "Whether the kernel lets it be taken offline; ignored as an argument." })),
});

const milliseconds = (what: string) => Type.Uint64({ description: `Milliseconds ${what}.` });

const Times = Type.Object({
  type: Type.Enum(["linux"]),
  cpu: Type.Int64({ description: "Number of the processor." }),
  user: milliseconds("in user mode"),
  nice: milliseconds("in user mode with low priority"),
  system: milliseconds("in system mode"),
  idle: milliseconds("idle"),
  iowait: Type.Optional(milliseconds("waiting for input and output")),
  irq: Type.Optional(milliseconds("serving interrupts")),
  softirq: Type.Optional(milliseconds("serving soft interrupts")),
  steal: Type.Optional(milliseconds("taken by the host for others")),
  guest: Type.Optional(milliseconds("running a guest's guests")),
  guestnice: Type.Optional(milliseconds("running a guest's guests with low priority")),
});

const Load = Type.Object({
  load1m: Type.Number({ description: "Load average over the last minute." }),
  load5m: Type.Number({ description: "Load average over the last 5 minutes." }),
  load15m: Type.Number({ description: "Load average over the last 15 minutes." }),
});

export default definePlugin({
  name: "cpu",
  needs: { files: Files, system: SystemInformation },
  commands: ({ files, system }) => [
    command({
      name: "guest-get-vcpus",
      since: "1.5",
      summary: "Lists the processors, and which are online.",
      profile: "observe",
      returns: Type.Array(Processor),
      parity: "better: in the order of their numbers, and an empty list where qemu-ga aborts",
      supported: onlyOn(["linux", "win32"], "macOS takes no processor offline, so there is nothing to tell"),
      run: () => listProcessors(files, system),
    }),
    command({
      name: "guest-set-vcpus",
      since: "1.5",
      summary: "Takes processors online or offline, in the order of the list, up to the first that can't be changed.",
      profile: "standard",
      arguments: Type.Object({ vcpus: Type.Array(Processor) }),
      returns: Type.Int64({ description: "How many items were done, from the first on; an error if it is none." }),
      privilege: "root: writes to /sys/devices/system/cpu.",
      parity: "better: why the list was left half-way is in the log",
      supported: onlyOn(["linux"], "only Linux takes processors offline and online"),
      run: ({ vcpus }, { log }) => setProcessors(files, vcpus, log),
    }),
    command({
      name: "guest-get-cpustats",
      since: "7.1",
      summary: "Tells for each online processor what it spent its time on since the start.",
      profile: "observe",
      returns: Type.Array(Times),
      parity: "better: exact however long the guest runs, and a line of another form costs no other processor's",
      supported: onlyOn(["linux"], "the interface has these counters for Linux only"),
      run: () => cpuTimes(files, system),
    }),
    command({
      name: "guest-get-load",
      since: "10.0",
      summary: "Tells the load averages.",
      profile: "observe",
      returns: Load,
      parity: "same",
      supported: onlyOn(["linux", "darwin"], "Windows has no load average"),
      run: () => {
        const [load1m, load5m, load15m] = system.load();
        return { load1m, load5m, load15m };
      },
    }),
  ],
});
