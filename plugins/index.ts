/** The command modules that are part of lodger, in the order of the interface's document. */
import type { AnyPlugin } from "../core/plugin.ts";
import agent from "./agent/index.ts";
import file from "./file/index.ts";
import fsfreeze from "./fsfreeze/index.ts";
import network from "./network/index.ts";
import power from "./power/index.ts";
import suspend from "./suspend/index.ts";

export const builtInPlugins: readonly AnyPlugin[] = [agent, power, file, fsfreeze, suspend, network];
