/** The guard's process, from source. */
import { guardFreeze } from "../../../core/process/freeze-guard.ts";

process.exitCode = await guardFreeze();
