/** A port of the machine as a channel with one client at a time: the host, which comes and goes while the port stays open. */
import { type Connection, type Devices, type Log, OsError, type Settings } from "../../core/plugin.ts";
import { ARRIVAL_MS, DeviceConnection } from "./connection.ts";

/** How often to look whether the host has come, where the device doesn't tell. */
const HOST_MS = 1000;
const RETRY_PATH_MS = 5000;
const REOPEN_MS = 1000;
/** How often to look whether a port that another process has is free: less and less often. */
const TAKEN_MS = 1000;
const TAKEN_LATEST_MS = 30_000;

export interface PortKind {
  /** Called for each opened descriptor. */
  readonly prepare?: (fd: number) => void;
  /** A line that hung up is dead: only opening it again brings it back. A virtio port lives on. */
  readonly hangsUp: boolean;
  /** Whether opening has failed because another process has it, and it is to be waited for. */
  readonly isTaken?: (error: unknown) => boolean;
}

/** @throws Error of one line if the device can't be opened, and shall not be waited for. */
export async function listenOnPort(
  kind: PortKind,
  devices: Devices,
  settings: Settings,
  log: Log,
  signal: AbortSignal,
): Promise<AsyncIterable<Connection>> {
  const port = new Port(kind, devices, settings, log, signal);
  await port.open();
  return port.hosts();
}

class Port {
  readonly #kind: PortKind;
  readonly #devices: Devices;
  readonly #path: string;
  readonly #retryPath: boolean;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  #fd: number | undefined;
  #warned = false;

  constructor(kind: PortKind, devices: Devices, settings: Settings, log: Log, signal: AbortSignal) {
    this.#kind = kind;
    this.#devices = devices;
    this.#path = settings.path;
    this.#retryPath = settings.retryPath;
    this.#log = log;
    this.#signal = signal;
  }

  /** Opens the device; with retry-path that can take until it is there. */
  async open(): Promise<void> {
    for (let takenMs = TAKEN_MS; !this.#signal.aborted; ) {
      try {
        this.#fd = this.#openNow();
        this.#warned = false;
        return;
      } catch (error) {
        if (this.#kind.isTaken?.(error)) {
          if (takenMs === TAKEN_MS)
            this.#log.warning(`waiting for channel path '${this.#path}': another process has it, perhaps another agent`);
          await pause(takenMs, this.#signal);
          takenMs = Math.min(2 * takenMs, TAKEN_LATEST_MS);
          continue;
        }
        if (!this.#retryPath || isMistake(error)) {
          throw new Error(`error opening channel '${this.#path}': ${explain(error)}${advice(error)}`);
        }
        if (!this.#warned) this.#log.warning(`waiting for channel path '${this.#path}' (${explain(error)})`);
        this.#warned = true;
      }
      await pause(RETRY_PATH_MS, this.#signal);
    }
  }

  async *hosts(): AsyncGenerator<Connection> {
    let held: Uint8Array | undefined;
    try {
      while (!this.#signal.aborted && this.#fd !== undefined) {
        const first = held ?? (await this.#host(this.#fd));
        if (first === undefined) {
          if (!this.#signal.aborted) await this.#replace();
          continue;
        }
        const connection = new DeviceConnection(this.#path, this.#fd, this.#devices, first);
        const close = () => connection.close();
        this.#signal.addEventListener("abort", close, { once: true });
        if (this.#signal.aborted) close();
        yield connection;
        await connection.closed;
        held = connection.held;
        this.#signal.removeEventListener("abort", close);
        this.#log.debug(`the host has left '${this.#path}'`);
      }
    } finally {
      this.#close();
    }
  }

  #openNow(): number {
    const fd = this.#devices.open(this.#path);
    try {
      this.#kind.prepare?.(fd);
      return fd;
    } catch (error) {
      this.#devices.close(fd);
      throw error;
    }
  }

  #close(): void {
    if (this.#fd !== undefined) this.#devices.close(this.#fd);
    this.#fd = undefined;
  }

  /**
   * Waits for the host. A read is the only way to tell: poll says the same of a host that is not there and of one that wrote and left.
   * @returns what it has sent already (mostly nothing), or undefined if the device is gone or hung up, or the agent ends.
   */
  async #host(fd: number): Promise<Uint8Array | undefined> {
    const into = Buffer.allocUnsafeSlow(4096);
    while (!this.#signal.aborted) {
      try {
        const count = this.#devices.take(fd, into);
        // Bytes without a host: of one that wrote and left, or of one whose coming is not known yet. A moment later that is clear.
        if (count !== 0 && this.#devices.isHungUp(fd)) await pause(ARRIVAL_MS, this.#signal);
        if (count !== 0) return into.subarray(0, count ?? 0);
        if (this.#kind.hangsUp) return undefined;
      } catch (error) {
        this.#log.warning(`error reading channel '${this.#path}': ${explain(error)}`);
        return undefined;
      }
      await this.#devices.changed(fd, HOST_MS, this.#signal);
    }
    return undefined;
  }

  /** What was open is of no use any more: opens the path again if that makes sense; otherwise there is no port afterwards. */
  async #replace(): Promise<void> {
    this.#close();
    if (!this.#retryPath && !this.#kind.hangsUp) return;
    await pause(this.#kind.hangsUp ? REOPEN_MS : RETRY_PATH_MS, this.#signal);
    try {
      await this.open();
    } catch (error) {
      this.#log.warning(explain(error));
    }
  }
}

/** Waits, or until the signal fires. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}

/** The path names something that no waiting turns into a device. */
function isMistake(error: unknown): boolean {
  return error instanceof OsError && error.code === "ENOTTY";
}

function advice(error: unknown): string {
  const isMissing = error instanceof OsError && error.code === "ENOENT";
  return isMissing ? "; does the machine have this port? --path names another, --retry-path waits for it" : "";
}

function explain(error: unknown): string {
  if (!(error instanceof OsError)) return error instanceof Error ? error.message : String(error);
  if (error.code === "EBUSY") return "another process has it open, perhaps another agent";
  if (error.call === "tcgetattr" || error.call === "GetCommState") return "it is no serial line";
  if (error.code === "ENOTTY" || error.code === "EISDIR" || error.code === "ENXIO") return "it is no character device";
  return error.message;
}
