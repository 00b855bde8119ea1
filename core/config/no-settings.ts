/** For what looks at the commands without running the agent. */
import type { Settings } from "../settings.ts";
import { NO_ADMIN_CONFIG } from "./admin-config.ts";

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
  plugins: [],
  pluginFolder: "/",
  scriptFolder: "/",
};

export const NO_START = { settings: NO_SETTINGS, admin: NO_ADMIN_CONFIG } as const;
