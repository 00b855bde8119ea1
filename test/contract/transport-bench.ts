/** A transport at work, with what a test needs around it. */
import type { Duplex } from "node:stream";
import { NO_SETTINGS } from "../../core/config/no-settings.ts";
import type { Connection, Log, Settings, Transport } from "../../core/plugin.ts";

export interface Bench {
  /** A client, whose stream is the test's. */
  connect(): Promise<Duplex>;
  /** The next connection that the transport yields. */
  next(): Promise<Connection>;
  abort(): void;
  /** The iteration over the transport's connections has ended. */
  readonly ended: Promise<void>;
  readonly logged: readonly string[];
  end(): Promise<void>;
}

export function settingsFor(method: string, path: string, more: Partial<Settings> = {}): Settings {
  return {
    ...NO_SETTINGS,
    method,
    path,
    pidFile: "/nonexistent",
    stateDirectory: "/nonexistent",
    ...more,
  };
}

export function logInto(lines: string[]): Log {
  const line = (level: string) => (text: string) => {
    lines.push(`${level}: ${text}`);
  };
  return {
    error: line("error"),
    critical: line("critical"),
    warning: line("warning"),
    message: line("message"),
    info: line("info"),
    debug: line("debug"),
  };
}

/** @param cleanUp what the stand-in needs to go. */
export async function startBench(
  transport: Transport,
  settings: Settings,
  connect: () => Promise<Duplex>,
  cleanUp: () => void | Promise<void>,
): Promise<Bench> {
  const controller = new AbortController();
  const logged: string[] = [];
  const clients: Duplex[] = [];
  const arrived: Connection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];
  const connections = await transport.listen(settings, logInto(logged), controller.signal);
  const ended = (async () => {
    for await (const connection of connections) {
      const taker = waiting.shift();
      if (taker === undefined) arrived.push(connection);
      else taker(connection);
    }
  })();
  return {
    async connect() {
      const client = await connect();
      client.on("error", () => {}); // a test looks at what arrives
      clients.push(client);
      return client;
    },
    next() {
      const connection = arrived.shift();
      return connection === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(connection);
    },
    abort: () => controller.abort(),
    ended,
    logged,
    async end() {
      for (const client of clients) client.destroy();
      controller.abort();
      await ended;
      await cleanUp();
    },
  };
}
