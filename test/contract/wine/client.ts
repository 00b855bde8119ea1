/** A host's side: requests over TCP, one answer each. */
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: every command answers something else; the test says what.
  readonly return?: any;
  readonly error?: { readonly class: string; readonly desc: string };
}

const NEWLINE = 0x0a;

export class Client {
  readonly #socket: Socket;
  readonly #waiting: { readonly answered: (line: Buffer) => void; readonly failed: (error: Error) => void }[] = [];
  #rest: Buffer[] = [];

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (chunk) => this.#take(chunk));
    this.#socket.on("error", (error) => this.#waiting.splice(0).forEach(({ failed }) => void failed(error)));
  }

  async ask(execute: string, args?: object): Promise<Answer> {
    const line = await this.raw(`${JSON.stringify({ execute, ...(args && { arguments: args }) })}\n`);
    return JSON.parse(line.toString());
  }

  /** @returns the line that comes next, without its end. */
  raw(request: string): Promise<Buffer> {
    this.#socket.write(request);
    return new Promise((answered, failed) => this.#waiting.push({ answered, failed }));
  }

  /** Runs a program to its end, and tells how guest-exec-status has it. */
  async exec(path: string, arg: readonly string[], more: object = {}) {
    const started = await this.ask("guest-exec", { path, arg, "capture-output": true, ...more });
    if (started.error) throw new Error(started.error.desc);
    for (;;) {
      const { return: status } = await this.ask("guest-exec-status", { pid: started.return.pid });
      if (!status.exited) {
        await pause(50);
        continue;
      }
      const text = (name: string) => status[name] && Buffer.from(status[name], "base64").toString();
      return { status: status.exitcode, output: text("out-data"), errors: text("err-data") };
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    for (;;) {
      const end = rest.indexOf(NEWLINE);
      if (end < 0) break;
      const line = Buffer.concat([...this.#rest, rest.subarray(0, end)]);
      this.#rest = [];
      rest = rest.subarray(end + 1);
      this.#waiting.shift()?.answered(line);
    }
    if (rest.length > 0) this.#rest.push(rest);
  }
}

/** @returns once an agent answers there. */
export async function connected(port: number): Promise<Client> {
  for (let tries = 0; ; tries++) {
    const client = new Client(port);
    const answer = await Promise.race([client.ask("guest-ping").catch(() => pause(200)), pause(2000)]);
    if (answer) return client;
    client.close();
    if (tries > 100) throw new Error("the agent doesn't answer");
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
