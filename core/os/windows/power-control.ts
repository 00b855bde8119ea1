/** Shutdown by advapi32, sleep by powrprof. */
import type { PowerControl, ShutdownMode, SleepMode } from "../power-control.ts";
import { checkStatus, declared, offLoop, type ThreadedFunction } from "./library.ts";
import { enablePrivilege } from "./security.ts";

const system = declared("advapi32.dll", (func) => ({
  shutDown: func("uint32 __stdcall InitiateShutdownW(const char16_t *, const char16_t *, uint32, uint32, uint32)") as (
    machine: null,
    message: string,
    seconds: number,
    flags: number,
    reason: number,
  ) => number,
}));

const power = declared("powrprof.dll", (func) => ({
  capabilities: func("uint8 __stdcall GetPwrCapabilities(void *)") as (into: Uint8Array) => number,
  suspend: func("uint8 __stdcall SetSuspendState(uint8, uint8, uint8)") as ThreadedFunction<
    [hibernate: number, force: number, withoutWakeEvents: number],
    number
  >,
}));

const SHUTDOWN_PRIVILEGE = "SeShutdownPrivilege";
/** Whoever is logged in is not asked. */
const FORCE = 0x1 | 0x2;
const FLAGS: Readonly<Record<ShutdownMode, number>> = { powerdown: FORCE | 0x8, halt: FORCE | 0x10, reboot: FORCE | 0x4 };
const PLANNED = 0x80000000;

const CAPABILITIES_BYTES = 76;
const S1 = 3;
const S3 = 5;
const S4 = 6;
const HIBERNATION_FILE = 8;

export class WindowsPowerControl implements PowerControl {
  shutDown(mode: ShutdownMode): void {
    enablePrivilege(SHUTDOWN_PRIVILEGE);
    checkStatus(system().shutDown(null, "hypervisor initiated shutdown", 0, FLAGS[mode], PLANNED), "InitiateShutdown");
  }

  canSleep(mode: SleepMode): boolean {
    const capabilities = new Uint8Array(CAPABILITIES_BYTES);
    return power().capabilities(capabilities) !== 0 && canSleepBy(capabilities, mode);
  }

  async sleep(mode: SleepMode): Promise<void> {
    enablePrivilege(SHUTDOWN_PRIVILEGE);
    await offLoop(power().suspend, "SetSuspendState", (result) => result === 0, mode === "disk" ? 1 : 0, 1, 1);
  }
}

/** @param capabilities a SYSTEM_POWER_CAPABILITIES. */
export function canSleepBy(capabilities: Uint8Array, mode: SleepMode): boolean {
  const has = (at: number) => capabilities[at] !== 0;
  return mode === "disk" ? has(S4) && has(HIBERNATION_FILE) : [S1, S1 + 1, S3].some(has);
}
