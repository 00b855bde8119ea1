/** Whether the clock is right, stays right, and can be set from the hardware's. */
import { type Check, type Finding, ok, warning } from "./check.ts";
import type { Machine } from "./machine.ts";

/** Nothing of this program was there before. */
const FIRST_YEAR = 2024;
const LAST_YEAR = 2100;
const FAR_SECONDS = 60;
/** The hardware's clock may show the time of any zone. */
const ZONE_STEP_SECONDS = 900;
const ZONES_SECONDS = 14 * 3600;
const SET = "set it: guest-set-time with the host's time, or 'chronyc makestep'";

export const clockCheck: Check = {
  name: "clock",
  on: ["linux"],
  look: ({ machine }) => {
    const date = new Date(machine.now());
    const year = date.getUTCFullYear();
    const shown = `${date.toISOString().slice(0, 19)}Z`;
    const found: Finding[] = [];
    if (year < FIRST_YEAR || year > LAST_YEAR) found.push(warning(`the clock shows ${shown}, which can't be`, SET));
    const hardware = hardwareClock(machine);
    if (hardware) found.push(hardware);
    const kept = machine.isClockSynchronized();
    if (kept === false)
      found.push(
        warning(
          `the clock shows ${shown}, and nobody keeps it right`,
          "run chrony or systemd-timesyncd; after a snapshot or a pause the host sets it with guest-set-time",
        ),
      );
    return found.some(({ status }) => status !== "ok") ? found : [ok(`${shown}${kept ? ", kept right by a time service" : ""}`)];
  },
};

function hardwareClock(machine: Machine): Finding | undefined {
  const since = machine.read("/sys/class/rtc/rtc0/since_epoch");
  if (since === undefined)
    return warning(
      "there is no hardware clock (/sys/class/rtc/rtc0)",
      "guest-set-time works only with a time given: give the machine one (QEMU: -rtc), or let the host send its time",
    );
  const away = Number(since) - machine.now() / 1000;
  const ofZone = Math.round(away / ZONE_STEP_SECONDS) * ZONE_STEP_SECONDS;
  const isZone = ofZone !== 0 && Math.abs(ofZone) <= ZONES_SECONDS && Math.abs(away - ofZone) < FAR_SECONDS;
  if (Math.abs(away) >= FAR_SECONDS && !isZone)
    return warning(
      `the hardware's clock is ${Math.round(Math.abs(away))} s ${away > 0 ? "ahead" : "behind"}`,
      "'hwclock --systohc' if the system's is right; else guest-set-time, which sets both",
    );
  if (machine.status("/dev/rtc0") !== undefined) return undefined;
  return warning(
    "there is no /dev/rtc0",
    "guest-set-time can't set the hardware's clock: 'modprobe rtc_cmos', or allow the device in a container",
  );
}
