/** Lines to the system's journal, each at once, and those that it doesn't take a moment later. */

import { osError } from "../os/errno.ts";
import { JournalSocket } from "../os/linux/journal.ts";
import type { OsError } from "../os/ports.ts";
import { type AuditLine, LineQueue } from "./line-queue.ts";
import type { Sink, SinkHost } from "./sink.ts";

/** When is tried again: a full journal empties itself; one that is not there may be started anew. */
const FULL_AGAIN_MS = 20;
const AGAIN_MS = 1000;
/** What the agent's end waits for a full one. */
const PATIENCE_MS = 300;
/** Of syslog, as the journal has them. */
const NOTICE = "5";
const INFO = "6";

export class JournalSink implements Sink {
  readonly #socket: JournalSocket;
  readonly #host: SinkHost;
  readonly #queue: LineQueue;
  /** Taken from the queue, and not sent yet. */
  #batch: AuditLine[] = [];
  #again: NodeJS.Timeout | undefined;
  #held = false;
  #isFull = false;

  /** @throws Error saying why there can be none. */
  constructor(path: string, host: SinkHost) {
    this.#socket = new JournalSocket(path);
    this.#host = host;
    this.#queue = new LineQueue(host.lost);
  }

  add(line: AuditLine): void {
    this.#queue.push(line);
    if (!this.#again) this.#sendAll();
  }

  async hold(): Promise<void> {
    this.#held = true;
  }

  resume(): void {
    this.#held = false;
    this.#sendAll();
  }

  async end(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    this.#sendAll();
    while (this.#isFull && performance.now() < deadline) await this.#sendSoon();
  }

  close(): void {
    clearTimeout(this.#again);
    this.#socket.close();
  }

  #sendAll(): void {
    clearTimeout(this.#again);
    this.#again = undefined;
    this.#isFull = false;
    if (this.#held) return;
    try {
      for (this.#fill(); this.#batch.length > 0; this.#fill()) {
        let sent = 0;
        try {
          for (const line of this.#batch) {
            this.#socket.send(fieldsOf(line));
            sent++;
          }
        } finally {
          this.#batch = this.#batch.slice(sent);
        }
        this.#host.over("the audit goes to the journal again");
      }
    } catch (error) {
      this.#failed(osError(error, "sendto"));
    }
  }

  #sendSoon(): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(() => {
        this.#sendAll();
        resolve();
      }, FULL_AGAIN_MS);
    });
  }

  #fill(): void {
    if (this.#batch.length === 0) this.#batch = this.#queue.takeAll();
  }

  #failed({ code, message }: OsError): void {
    this.#isFull = code === "EAGAIN" || code === "ENOBUFS";
    if (!this.#isFull) this.#host.trouble(`the journal can't be reached, the audit's records wait in memory: ${message}`);
    this.#again = setTimeout(() => this.#sendAll(), this.#isFull ? FULL_AGAIN_MS : AGAIN_MS).unref();
  }
}

function fieldsOf({ text, message, notable, command, decision, peer }: AuditLine): Record<string, string> {
  return {
    MESSAGE: message,
    PRIORITY: notable ? NOTICE : INFO,
    SYSLOG_IDENTIFIER: "lodger-audit",
    ...(command !== undefined && { LODGER_COMMAND: command }),
    ...(decision !== undefined && { LODGER_DECISION: decision }),
    ...(peer !== undefined && { LODGER_PEER: peer }),
    LODGER_JSON: text.trimEnd(),
  };
}
