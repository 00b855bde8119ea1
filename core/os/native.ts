/** Native calls: koffi, loaded when the first of them is needed, because an agent on a unix socket may never need one. */
import type koffi from "koffi";
import { embeddedAddon } from "../packed.ts";
import { loadEmbedded } from "./embedded.ts";

export type Native = typeof koffi;

/** What its file is called where it needs a name. */
const ADDON_NAME = "koffi.node";

/** koffi's own defaults reserve 3 MiB; nothing here passes more than a path or a small structure. */
const MEMORY = { sync_stack_size: 256 * 1024, sync_heap_size: 256 * 1024, resident_async_pools: 1 };

let loaded: Native | undefined;

/** @throws Error that says why native code can't be loaded here. */
export function native(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  const module = fromExecutable() ?? fromModules();
  module.config(MEMORY);
  return module;
}

function fromExecutable(): Native | undefined {
  const addon = embeddedAddon();
  return addon && (loadEmbedded(addon, ADDON_NAME).exports as Native);
}

/** From node_modules beside the bundle or the source. Not a plain require: a bundler would follow it into files that it can't pack. */
function fromModules(): Native {
  const { createRequire } = process.getBuiltinModule("node:module");
  try {
    return createRequire(import.meta.url)("koffi") as Native;
  } catch (error) {
    throw new Error(
      `native calls are not available: the package koffi can't be loaded (${error instanceof Error ? error.message : error})`,
    );
  }
}
