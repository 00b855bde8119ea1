/** The command modules that are part of lodger, by subject. */
import type { AnyPlugin } from "../core/plugin.ts";
import accounts from "./accounts/index.ts";
import agent from "./agent/index.ts";
import cpu from "./cpu/index.ts";
import exec from "./exec/index.ts";
import file from "./file/index.ts";
import fsfreeze from "./fsfreeze/index.ts";
import memory from "./memory/index.ts";
import network from "./network/index.ts";
import power from "./power/index.ts";
import storage from "./storage/index.ts";
import suspend from "./suspend/index.ts";
import system from "./system/index.ts";
import time from "./time/index.ts";

export const builtInPlugins: readonly AnyPlugin[] = [
  agent,
  time,
  power,
  file,
  fsfreeze,
  suspend,
  network,
  cpu,
  storage,
  memory,
  exec,
  system,
  accounts,
];
