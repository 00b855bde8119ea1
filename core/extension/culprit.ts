/** Which plugin is at work: by what was started for it, through all that it awaits, and by the files in a stack. */
import { AsyncLocalStorage } from "node:async_hooks";
import { ownerOf } from "./modules.ts";

export interface Activity {
  readonly plugin: string;
  /** A command's name, or words: "its start". */
  readonly what: string;
}

const activities = new AsyncLocalStorage<Activity>();

const FRAME = /(?:(?:file:\/\/)?\/|blob:)[^\s():]+(?=(?:\?lodger=\d+)?:\d+:\d+)/g;

/** Everything that the work leads to, timers and sockets too, is known as the plugin's. */
export function during<T>(activity: Activity, work: () => T): T {
  return activities.run(activity, work);
}

/** @param stack of an error that was thrown, or of the call that is asked about. @returns undefined for the agent's own. */
export function culprit(stack: string | undefined): Activity | undefined {
  for (const [file] of stack?.matchAll(FRAME) ?? []) {
    const plugin = ownerOf(file);
    if (plugin === undefined) continue;
    const activity = activities.getStore();
    return activity?.plugin === plugin ? activity : { plugin, what: "something that it had started" };
  }
  return activities.getStore();
}

/** What the agent is at, without a look at the stack, which takes long. */
export function working(): Activity | undefined {
  return activities.getStore();
}

/** Who calls now. */
export function caller(): Activity | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const { stack } = new Error("who calls");
  Error.stackTraceLimit = stackTraceLimit;
  return culprit(typeof stack === "string" ? stack : undefined);
}

export function activityText({ plugin, what }: Activity): string {
  return `plugin '${plugin}', ${what}`;
}
