import { within } from "./deadline.ts";
import type { LineSocket } from "./lines.ts";

export interface QmpEvent {
  readonly event: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

interface Message extends Partial<QmpEvent> {
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

/** QEMU's own monitor: the truth about the machine's power state and devices. */
export class Qmp {
  private readonly socket: LineSocket;
  private readonly answers = new Map<number, (message: Message) => void>();
  private events: QmpEvent[] = [];
  /** The names of all events there ever were: what became of a machine that answers no more. */
  readonly history: string[] = [];
  private arrived: () => void = () => {};
  private lastId = 0;

  private constructor(socket: LineSocket) {
    this.socket = socket;
  }

  static async connect(socket: LineSocket): Promise<Qmp> {
    await socket.line(10_000, "QMP's greeting");
    const qmp = new Qmp(socket);
    void qmp.read();
    await qmp.execute("qmp_capabilities");
    return qmp;
  }

  private async read(): Promise<void> {
    try {
      for (;;) {
        const message = JSON.parse((await this.socket.line(2 ** 31 - 1, "QMP")).toString()) as Message;
        if (message.event !== undefined) {
          this.events.push(message as QmpEvent);
          this.history.push(message.event);
          this.arrived();
        } else if (message.id !== undefined) {
          this.answers.get(message.id)?.(message);
          this.answers.delete(message.id);
        }
      }
    } catch {
      // QEMU has ended; what waits reports it by its own deadline
    }
  }

  async execute(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.lastId += 1;
    const id = this.lastId;
    const answer = new Promise<Message>((resolve) => this.answers.set(id, resolve));
    this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    const message = await within(10_000, `QMP's answer to ${command}`, answer);
    if (message.error !== undefined) throw new Error(`QMP ${command}: ${message.error.desc}`);
    return message.return;
  }

  /** The first event of that name that was not asked for yet: already there, or to come. Earlier ones of other names stay. */
  async event(name: string, milliseconds = 30_000, matches: (event: QmpEvent) => boolean = () => true): Promise<QmpEvent> {
    const end = performance.now() + milliseconds;
    for (;;) {
      const index = this.events.findIndex((event) => event.event === name && matches(event));
      const [found] = index === -1 ? [] : this.events.splice(index, 1);
      if (found !== undefined) return found;
      const what = () => `QMP event ${name}; there were: ${this.events.map((event) => event.event).join(" ") || "none"}`;
      await within(
        Math.max(1, end - performance.now()),
        what,
        new Promise<void>((resolve) => {
          this.arrived = resolve;
        }),
      );
    }
  }

  forgetEvents(): void {
    this.events = [];
  }

  /** QMP's word for the machine's state: running, suspended, shutdown, … */
  async status(): Promise<string> {
    return ((await this.execute("query-status")) as { status: string }).status;
  }
}
