// Starts an agent on a unix socket in a private state folder, and ends it again whatever happens.
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, connectClient } from "./client.ts";

export type CommandLine = readonly [executable: string, ...options: string[]];

export interface Agent {
  readonly pid: number;
  readonly client: Client;
  /** In memory, so that no disk is measured. */
  readonly folder: string;
  /** From just before the process was made to the answer of its first command. */
  readonly startedInMs: number;
  /** What it wrote to standard error so far, the beginning of it. */
  complaints(): string;
  stop(): Promise<void>;
}

const START_LIMIT_MS = 15_000;
const POLL_MS = 0.2;
const STOP_LIMIT_MS = 1500;
const running = new Set<{ child: ChildProcess; folder: string }>();

process.on("exit", () => {
  for (const { child, folder } of running) {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));

export function startAgent(command: CommandLine): Agent {
  return start(
    command,
    (socket, folder) => ["-m", "unix-listen", "-p", socket, "-t", folder],
    '{"execute":"guest-sync","arguments":{"id":1}}\n',
  );
}

/** The peer of "client alone", started the same way. */
export function startQuietPeer(): Agent {
  return start(
    [process.execPath, "--disable-warning=ExperimentalWarning", join(import.meta.dirname, "quiet-peer.ts")],
    (socket) => [socket],
    "sync\n",
  );
}

export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Nothing of the caller's NODE_OPTIONS and the like shall reach the measured processes. */
export const PLAIN_ENVIRONMENT = { PATH: process.env.PATH ?? "/usr/bin:/bin" };

function start([executable, ...given]: CommandLine, options: (socket: string, folder: string) => string[], first: string): Agent {
  const folder = mkdtempSync(join(tmpdir(), "lodger-bench-"));
  const socket = join(folder, "socket");
  const errors = join(folder, "stderr");
  const stderr = openSync(errors, "w");
  const complaints = (): string => readFileSync(errors, "utf8").slice(0, 2000);
  const before = performance.now();
  const child = spawn(executable, [...given, ...options(socket, folder)], { stdio: ["ignore", "ignore", stderr], env: PLAIN_ENVIRONMENT });
  closeSync(stderr);
  child.on("error", () => undefined); // a missing executable is reported below
  const entry = { child, folder };
  running.add(entry);
  const { pid } = child;
  if (pid === undefined) throw new Error(`can't start ${executable}`);

  let client = connectClient(socket);
  while (client === undefined) {
    if (performance.now() - before > START_LIMIT_MS || hasEnded(pid)) {
      throw new Error(`${[executable, ...given].join(" ")} did not listen:\n${complaints()}`);
    }
    pause(POLL_MS);
    client = connectClient(socket);
  }
  const connected = client;
  connected.ask(first);
  const startedInMs = performance.now() - before;

  return {
    pid,
    client: connected,
    folder,
    startedInMs,
    complaints,
    async stop() {
      connected.close();
      await ended(child);
      running.delete(entry);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The event loop doesn't turn while we poll, so the child's end is seen in /proc. */
function hasEnded(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return true;
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS); // qemu-ga 7.2 sometimes hangs in its SIGTERM handler
    child.once("exit", () => {
      clearTimeout(force);
      resolve();
    });
    child.kill("SIGTERM");
  });
}
