import { LineSocket } from "./lines.ts";

/** An error that the agent answered. */
export class AgentError extends Error {
  readonly class: string;
  readonly desc: string;

  constructor(command: string, error: { class: string; desc: string }) {
    super(`${command}: ${error.class}: ${error.desc}`);
    this.class = error.class;
    this.desc = error.desc;
  }
}

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

const delimiter = 0xff;
let lastSync = Date.now();

/** As bigint where a number would not be exact: what is compared, is compared to the last digit. */
function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  const text = context?.source ?? "";
  return typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(text) ? BigInt(text) : value;
}

/** A client on the host's end of the agent's port. A port has one client at a time: close one before the next. */
export class AgentClient {
  readonly port: LineSocket;
  private readonly context: () => string;

  private constructor(port: LineSocket, context: () => string) {
    this.port = port;
    this.context = context;
  }

  static async connect(socketPath: string, context: () => string = () => ""): Promise<AgentClient> {
    return new AgentClient(await LineSocket.connect(socketPath), context);
  }

  send(bytes: Uint8Array | string): void {
    this.port.write(bytes);
  }

  sendRequest(command: string, args?: object): void {
    this.send(`${JSON.stringify(args === undefined ? { execute: command } : { execute: command, arguments: args })}\n`);
  }

  async receive(milliseconds: number, what: string): Promise<Buffer> {
    return await this.port.line(milliseconds, () => `the agent's answer to ${what}${this.context()}`);
  }

  /** 0xFF clears what the agent holds of an earlier client, and everything up to our own 0xFF and number is stale. */
  async sync(milliseconds = 30_000): Promise<void> {
    lastSync += 1;
    const id = lastSync;
    this.send(Buffer.from([delimiter]));
    this.sendRequest("guest-sync-delimited", { id });
    const end = performance.now() + milliseconds;
    for (;;) {
      const line = await this.receive(Math.max(1, end - performance.now()), "guest-sync-delimited");
      const start = line.lastIndexOf(delimiter);
      if (start !== -1 && (JSON.parse(line.subarray(start + 1).toString()) as Answer).return === id) return;
    }
  }

  async call(command: string, args?: object, milliseconds = 30_000): Promise<unknown> {
    this.sendRequest(command, args);
    const answer = JSON.parse((await this.receive(milliseconds, command)).toString(), exactIntegers) as Answer;
    if (answer.error !== undefined) throw new AgentError(command, answer.error);
    return answer.return;
  }

  /** The class and text of the error that a call must end with. */
  async failure(command: string, args?: object): Promise<{ class: string; desc: string }> {
    try {
      const value = await this.call(command, args);
      throw new Error(`${command} should have failed and returned ${JSON.stringify(value)}`);
    } catch (error) {
      if (error instanceof AgentError) return { class: error.class, desc: error.desc };
      throw error;
    }
  }

  close(): void {
    this.port.close();
  }
}
