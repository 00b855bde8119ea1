/** For what looks at the commands without running the agent. */
import type { Settings } from "../settings.ts";

export const NO_SETTINGS: Settings = {
  method: "none",
  path: "/",
  logFile: undefined,
  pidFile: "/",
  stateDirectory: "/",
  fsfreezeHook: undefined,
  verbose: false,
  daemon: false,
  retryPath: false,
  blockRpcs: [],
  allowRpcs: [],
  tls: undefined,
  vsockPeers: undefined,
  freeze: {
    leaseMs: undefined,
    withinMs: 0,
    eachWithinMs: 0,
    exclude: [],
    skipFailing: false,
    hookFolder: "/",
    hookWithinMs: 0,
  },
};
