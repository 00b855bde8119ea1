/** Started by a test: the process that becomes a user, as the agent's own program does with its hidden argument. */
import { runHomeWorker } from "../../core/os/linux/home-worker.ts";

process.exitCode = runHomeWorker();
