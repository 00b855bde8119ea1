/** What an installation consists of, as plain values: what is to be there, and what is to be run. */

/** Where the host expects an agent. */
export const USUAL_PORT = "/dev/virtio-ports/org.qemu.guest_agent.0";

/** A path here is one in the system that is installed into, which need not be the one that runs. */
export type Entry =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly mode: number;
      readonly text: string /** Theirs once it is there. */;
      readonly admin?: true;
    }
  | { readonly kind: "program"; readonly path: string; readonly mode: number; readonly source: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "folder"; readonly path: string; readonly mode: number };

/** Never through a shell. */
export interface Command {
  readonly argv: readonly [program: string, ...args: string[]];
  /** Goes on where it fails, and says nothing. */
  readonly mayFail?: true;
}

/** How the host reaches the agent. */
export interface Channel {
  readonly method: string;
  /** Undefined: the method's own. */
  readonly path: string | undefined;
  /** Where the method has it; undefined for a method without one. */
  readonly device: string | undefined;
  /** Nothing was said of it. */
  readonly isDefault: boolean;
}

/** What a service manager is told. */
export interface ServicePlan {
  readonly entries: readonly Entry[];
  /** What keeps another agent from starting again: what is added, and links that are taken away. */
  takeOver(name: string): { readonly add?: readonly Entry[]; readonly remove?: readonly string[] };
  /** Before anything is written. */
  stopOther(name: string): readonly Command[];
  /** When all is there. */
  start(state: StartState): readonly Command[];
  /** Before anything is removed. */
  readonly stop: readonly Command[];
  /** When all is removed. */
  readonly forget: readonly Command[];
  /** When it may start again. */
  startOther(name: string): readonly Command[];
}

export interface StartState {
  /** The channel's device is there; true for a channel without one. */
  readonly isThere: boolean;
  /** An agent that runs already is to be the new one. */
  readonly isNew: boolean;
}

/** What a service manager is asked for. */
export interface ServiceInput {
  /** Absolute path of the executable. */
  readonly program: string;
  readonly channel: Channel;
  /** A package has brought the service's files. */
  readonly packaged: boolean;
  /** The agent's policy allows no more than the profile `standard`. */
  readonly confine: boolean;
  /** Whether something is there, in the system that is installed into. */
  readonly exists: (path: string) => boolean;
}

export const SERVICES = ["systemd", "openrc", "runit", "launchd"] as const;
export type ServiceName = (typeof SERVICES)[number];

/** @returns the executable's own arguments. */
export function agentArguments({ method, path, isDefault }: Channel): readonly string[] {
  return isDefault ? [] : ["-m", method, ...(path === undefined ? [] : ["-p", path])];
}
