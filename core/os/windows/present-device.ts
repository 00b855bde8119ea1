/** Which of the devices that the registry remembers are there now. */
import { OsError } from "../ports.ts";
import { declared, offLoop, type ThreadedFunction } from "./library.ts";

const manager = declared("cfgmgr32.dll", (func) => ({
  locate: func("uint32 __stdcall CM_Locate_DevNodeW(void *, const char16_t *, uint32)") as ThreadedFunction<
    [into: Uint32Array, instance: string, flags: number],
    number
  >,
}));

const CALL = "CM_Locate_DevNode";
const ONLY_PRESENT = 0;
const NO_SUCH_DEVICE = 13;

/**
 * @param instance as the registry has it below Enum, for instance "PCI\VEN_1AF4&DEV_1041&…\3&13c0b0c5&0&18".
 * @throws OsError if Windows doesn't say.
 */
export async function isPresent(instance: string): Promise<boolean> {
  const status = await offLoop(manager().locate, CALL, () => false, new Uint32Array(1), instance, ONLY_PRESENT);
  if (status === 0) return true;
  if (status === NO_SUCH_DEVICE) return false;
  // Not of the numbers that Windows has texts for.
  throw new OsError("EIO", status, `Windows doesn't say whether it is there: ${CALL} failed with ${status}`, CALL);
}
