import type { LineSocket } from "./lines.ts";

export interface ShellResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The root shell on the guest's second serial port (see image/root/usr/local/sbin/guest-shell): what it says does not
 * pass through the agent. One command at a time; what may block, belongs in the background, its output redirected.
 */
export class GuestShell {
  private readonly port: LineSocket;
  private readonly context: () => string;
  private lastId = 0;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(port: LineSocket, context: () => string) {
    this.port = port;
    this.context = context;
  }

  /** Waits until the guest has started its shell, as it does once a boot. */
  async started(milliseconds: number): Promise<void> {
    for (;;) {
      const line = await this.port.line(milliseconds, () => `the guest's shell${this.context()}`);
      if (line.toString("latin1").endsWith("ready")) return;
    }
  }

  /** Runs a bash command line. The output is limited to what fits through a serial port in time: some 10 KB a second. */
  run(command: string, seconds = 30): Promise<ShellResult> {
    const result = this.queue.then(() => this.exchange(command, seconds));
    this.queue = result.catch(() => {});
    return result;
  }

  /** As `run`, for commands that must succeed; gives their standard output without the last line's end. */
  async out(command: string, seconds = 30): Promise<string> {
    const { status, stdout, stderr } = await this.run(command, seconds);
    if (status !== 0) throw new Error(`in the guest: ${command}\nexit status ${status}\n${stdout}${stderr}`);
    return stdout.trimEnd();
  }

  private async exchange(command: string, seconds: number): Promise<ShellResult> {
    this.lastId += 1;
    const id = String(this.lastId);
    this.port.write(`${id} ${seconds} ${Buffer.from(command).toString("base64")}\n`);
    for (;;) {
      const line = await this.port.line((seconds + 10) * 1000, () => `the guest's shell to answer: ${command}${this.context()}`);
      // an answer with another id is late, of a command given up before
      const [answered, status, stdout, stderr] = line.toString("latin1").trim().split(" ");
      if (answered === id) return { status: Number(status), stdout: decode(stdout), stderr: decode(stderr) };
    }
  }
}

function decode(field: string | undefined): string {
  return field === undefined || field === "-" ? "" : Buffer.from(field, "base64").toString();
}
