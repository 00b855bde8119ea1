/**
 * posix_spawn: a new process, made on a thread. Node's own way waits on the loop until the program is loaded, which on a dead server is
 * for ever, copies the agent's page tables, and takes an end by a real-time signal for exit status 0.
 */
import { readdirSync } from "node:fs";
import { osError } from "./errno.ts";
import { setCloseOnExec } from "./libc.ts";
import { declared, type NativeFunction } from "./library.ts";
import { withOrdinaryLimits } from "./ordinary-limits.ts";

type Strings = readonly (string | null)[];

interface Declared {
  spawn: NativeFunction<
    [pid: number[], path: string, actions: Uint8Array, attributes: Uint8Array, argv: Strings, environment: Strings],
    number
  >;
  initActions: NativeFunction<[actions: Uint8Array], number>;
  addDup: NativeFunction<[actions: Uint8Array, from: number, to: number], number>;
  addOpen: NativeFunction<[actions: Uint8Array, fd: number, path: string, flags: number, mode: number], number>;
  destroyActions: NativeFunction<[actions: Uint8Array], number>;
  initAttributes: NativeFunction<[attributes: Uint8Array], number>;
  setFlags: NativeFunction<[attributes: Uint8Array, flags: number], number>;
  setDefaultSignals: NativeFunction<[attributes: Uint8Array, set: Uint8Array], number>;
  setMask: NativeFunction<[attributes: Uint8Array, set: Uint8Array], number>;
}

const c = declared<Declared>((library) => ({
  spawn: library.func("int posix_spawn(_Out_ int *, const char *, void *, void *, const char **, const char **)"),
  initActions: library.func("int posix_spawn_file_actions_init(void *)"),
  addDup: library.func("int posix_spawn_file_actions_adddup2(void *, int, int)"),
  addOpen: library.func("int posix_spawn_file_actions_addopen(void *, int, const char *, int, uint)"),
  destroyActions: library.func("int posix_spawn_file_actions_destroy(void *)"),
  initAttributes: library.func("int posix_spawnattr_init(void *)"),
  setFlags: library.func("int posix_spawnattr_setflags(void *, short)"),
  setDefaultSignals: library.func("int posix_spawnattr_setsigdefault(void *, void *)"),
  setMask: library.func("int posix_spawnattr_setsigmask(void *, void *)"),
}));

/** More than either structure has on glibc (336 and 80 bytes) and musl. */
const STRUCTURE_BYTES = 1024;
const SIGNAL_SET_BYTES = 128;

const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;
const SETSID = 0x80;

let attributes: Uint8Array | undefined;

/** A session of its own, and signals as every program expects them: none blocked or ignored (Node ignores SIGPIPE). */
function sessionAttributes(): Uint8Array {
  if (attributes !== undefined) return attributes;
  keepInheritedDescriptors();
  const made = new Uint8Array(STRUCTURE_BYTES);
  check(c().initAttributes(made));
  check(c().setFlags(made, SETSID | SETSIGDEF | SETSIGMASK));
  check(c().setDefaultSignals(made, new Uint8Array(SIGNAL_SET_BYTES).fill(0xff)));
  check(c().setMask(made, new Uint8Array(SIGNAL_SET_BYTES)));
  attributes = made;
  return made;
}

/** Whoever started the agent may have left descriptors open in it. What the agent opens itself is close-on-exec. */
function keepInheritedDescriptors(): void {
  for (const fd of descriptors()) {
    try {
      if (fd > 2) setCloseOnExec(fd);
    } catch {
      // the one by which the list was read
    }
  }
}

function descriptors(): number[] {
  try {
    return readdirSync("/proc/self/fd").map(Number);
  } catch {
    return []; // no /proc: then they are what they are
  }
}

/** What becomes standard input, output and error: a descriptor, or /dev/null where there is none. */
export type Streams = readonly [input: number | undefined, output: number | undefined, errors: number | undefined];

const O_RDONLY = 0;
const O_WRONLY = 1;

/**
 * Runs a program in a session of its own, with ordinary limits. It gets no descriptor but the three: all others are close-on-exec.
 * @param argv begins with the program's name. @param environment as "NAME=value".
 * @returns its pid, once it is loaded.
 * @throws OsError, for instance ENOEXEC for a script without an interpreter.
 */
export async function spawnOffLoop(
  path: string,
  argv: readonly string[],
  environment: readonly string[],
  streams: Streams,
): Promise<number> {
  const actions = new Uint8Array(STRUCTURE_BYTES);
  check(c().initActions(actions));
  try {
    streams.forEach((fd, target) => {
      if (fd === undefined) check(c().addOpen(actions, target, "/dev/null", target === 0 ? O_RDONLY : O_WRONLY, 0));
      else check(c().addDup(actions, fd, target));
    });
    return await withOrdinaryLimits(() => spawned(path, actions, argv, environment));
  } finally {
    c().destroyActions(actions);
  }
}

function spawned(path: string, actions: Uint8Array, argv: readonly string[], environment: readonly string[]): Promise<number> {
  const pid = [0];
  const shared = sessionAttributes();
  return new Promise((resolve, reject) => {
    c().spawn.async(pid, path, actions, shared, [...argv, null], [...environment, null], (error, errno) => {
      if (error !== null && error !== undefined) reject(osError(error, "posix_spawn"));
      else if (errno !== 0) reject(osError(errno, "execve"));
      else resolve(pid[0] ?? 0);
    });
  });
}

/** These functions return the errno themselves. */
function check(errno: number): void {
  if (errno !== 0) throw osError(errno, "posix_spawn");
}
