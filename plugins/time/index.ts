/** The guest's clock: guest-get-time, guest-set-time. */
import { Clock, command, definePlugin, Processes, Type } from "../../core/plugin.ts";
import { setTime } from "./set-time.ts";

export default definePlugin({
  name: "time",
  needs: { clock: Clock, processes: Processes },
  commands: ({ clock, processes }) => [
    command({
      name: "guest-get-time",
      since: "1.5",
      summary: "Tells the time of the guest's clock.",
      profile: "observe",
      returns: Type.Int64({ description: "Nanoseconds since 1970-01-01 UTC." }),
      parity: "better: nanoseconds instead of microseconds",
      run: () => clock.now(),
    }),
    command({
      name: "guest-set-time",
      since: "1.5",
      summary: "Sets the guest's clock, and the hardware clock with it.",
      profile: "standard",
      arguments: Type.Object({
        time: Type.Optional(
          Type.Int64({ description: "Nanoseconds since 1970-01-01 UTC, before the year 2070; read from the hardware clock if absent." }),
        ),
      }),
      privilege: "CAP_SYS_TIME; hwclock of util-linux or busybox, and access to /dev/rtc.",
      parity: "better: a time just before 1970 is refused instead of set; the log says when the clock was set but the hardware's was not",
      run: ({ time }, { log }) => setTime(clock, processes, time, log),
    }),
  ],
});
