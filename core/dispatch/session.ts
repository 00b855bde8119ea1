/**
 * One client's connection: its framing, the order of its answers, and what a sync abandons.
 *
 * Requests run one after another, so answers keep their order. A sync waits a moment for what was sent before it and then gives it
 * up: whoever syncs has given it up already, and a command that hangs must not block the channel for ever.
 */
import type { Client } from "../audit/audit.ts";
import type { Log } from "../log.ts";
import type { Connection } from "../plugin.ts";
import { AnswerWriter } from "../protocol/answer-writer.ts";
import { Framing, type Message } from "../protocol/framing.ts";
import { ScratchPool } from "../protocol/scratch.ts";
import { RequestContext } from "./context.ts";
import type { Answer, Dispatcher } from "./dispatcher.ts";
import { Queue } from "./queue.ts";

/** How long a sync waits for what was sent before it. */
export const SYNC_PATIENCE_MS = 250;
/** Requests that wait for an earlier one; beyond this, and beyond these bytes, nothing more is read. */
const WAITING_REQUESTS = 4096;
const WAITING_BYTES = 64 * 1024 * 1024;
/** Answers that the client doesn't take: beyond this nothing more is run or read. */
const UNSENT_BYTES = 1024 * 1024;

interface Running {
  readonly message: Message;
  readonly context: RequestContext;
  abandoned: boolean;
  /** Its answer is on the way: half an answer would spoil the next one, so it is sent to its end. */
  answering: boolean;
}

let connections = 0;

export class Session {
  private readonly connection: Connection;
  private readonly dispatcher: Dispatcher;
  private readonly log: Log;
  private readonly client: Client;
  private readonly worked: () => void;
  private readonly pool = new ScratchPool();
  private readonly framing: Framing;
  private readonly writer: AnswerWriter;
  private readonly waiting = new Queue<Message>();
  private waitingBytes = 0;
  private readonly patience = new Map<Message, NodeJS.Timeout>();
  private running: Running | undefined;
  private receiving = false;
  private moved: (() => void) | undefined;

  /** @param worked called when something was asked for, and again when an answer that took time is on its way. */
  constructor(connection: Connection, dispatcher: Dispatcher, log: Log, worked: () => void = () => undefined) {
    this.connection = connection;
    this.dispatcher = dispatcher;
    this.log = log;
    this.worked = worked;
    this.client = { peer: connection.peer, connection: ++connections };
    this.framing = new Framing((message) => this.receive(message), this.pool);
    const { statistics } = dispatcher;
    this.writer = new AnswerWriter({
      send: (bytes) => {
        statistics.sent += bytes.length;
        return connection.send(bytes);
      },
    });
  }

  /** Serves the client until it has left and everything that it asked for is done. */
  async serve(): Promise<void> {
    for await (const chunk of this.connection.bytes) {
      this.log.debug(() => `read data, count: ${chunk.length}`);
      this.worked();
      this.receiving = true;
      this.dispatcher.statistics.received += chunk.length;
      this.dispatcher.statistics.arrived();
      this.framing.push(chunk);
      this.receiving = false;
      this.flush();
      while (this.isFull() || this.isUnread()) await this.progress();
    }
    this.framing.close();
    while (this.running || this.waiting.length > 0) await this.progress();
    await this.writer.drained();
    this.connection.close();
  }

  /** The agent ends: nobody waits for what is still running. */
  abandon(): void {
    this.running?.context.abandon();
  }

  private isFull(): boolean {
    return this.waiting.length > WAITING_REQUESTS || this.waitingBytes > WAITING_BYTES;
  }

  private isUnread(): boolean {
    return this.writer.backlog > UNSENT_BYTES;
  }

  private progress(): Promise<void> {
    return new Promise((resolve) => {
      this.moved = resolve;
    });
  }

  private receive(message: Message): void {
    if (!this.running && this.waiting.length === 0 && !this.isUnread()) {
      this.start(message);
      return;
    }
    this.waiting.push(message);
    this.waitingBytes += message.size;
    if (this.dispatcher.synchronizes(message)) this.bePatient(message);
  }

  private bePatient(sync: Message): void {
    this.patience.set(
      sync,
      setTimeout(() => this.giveUpBefore(sync), SYNC_PATIENCE_MS),
    );
  }

  private start(message: Message): void {
    const context = new RequestContext(this.log, this.pool, this.client);
    const running: Running = { message, context, abandoned: false, answering: false };
    const answer = this.dispatcher.dispatch(message, running.context);
    const sent = answer instanceof Promise ? this.sendLater(answer, running) : this.send(answer, running);
    if (!sent) return;
    this.running = running;
    void sent.then(() => this.finished(running));
  }

  /** @returns undefined if the request is done with; else a promise for it. */
  private send(answer: Answer, running: Running): Promise<void> | undefined {
    const sent = answer === undefined || running.abandoned ? undefined : this.writer.write(answer);
    running.answering = sent !== undefined;
    if (sent) return sent.then(() => this.release(running));
    this.release(running);
    return undefined;
  }

  private async sendLater(pending: Promise<Answer>, running: Running): Promise<void> {
    const answer = await pending;
    if (running.abandoned) {
      const which = this.dispatcher.describe(running.message);
      this.log.warning(`an answer was dropped, of ${which}: the client had given its request up`);
    }
    await this.send(answer, running);
  }

  private release({ message, context }: Running): void {
    for (const string of message.lent) string.release();
    context.release();
  }

  private finished(running: Running): void {
    this.worked();
    if (this.running === running) this.next();
  }

  /** Starts what waits, as far as it answers at once and the client takes the answers. */
  private next(): void {
    this.running = undefined;
    this.dispatcher.statistics.arrived();
    while (!this.running && !this.isUnread()) {
      const message = this.waiting.shift();
      if (!message) break;
      this.dequeued(message);
      this.start(message);
    }
    if (!this.receiving) this.flush();
    this.moved?.();
    this.moved = undefined;
  }

  /** Sends what was answered. If that is more than the client takes, what waits goes on when it has. */
  private flush(): void {
    this.writer.flush();
    if (!this.isUnread() || this.running) return;
    void this.writer.drained(UNSENT_BYTES).then(() => {
      if (!this.running) this.next();
    });
  }

  private giveUpBefore(sync: Message): void {
    const position = this.waiting.indexOf(sync);
    if (position < 0) return;
    if (!this.running) {
      // What came before waits for the client to read; it may still hang when it runs.
      this.bePatient(sync);
      return;
    }
    const given = this.running.answering ? position : position + 1;
    const { message, answering } = this.running;
    const which = answering ? "" : `: ${this.dispatcher.describe(message)} is running`;
    this.log.warning(`a sync gives up ${given} request(s) before it that took longer than ${SYNC_PATIENCE_MS} ms${which}`);
    this.dispatcher.statistics.abandoned += given;
    for (let before = position; before > 0; before--) {
      const message = this.waiting.shift();
      if (message) this.forget(message);
    }
    if (this.running.answering) return;
    this.running.abandoned = true;
    this.running.context.abandon();
    this.next();
  }

  /** Takes back what a message that is no longer waiting held. */
  private dequeued(message: Message): void {
    this.waitingBytes -= message.size;
    clearTimeout(this.patience.get(message));
    this.patience.delete(message);
  }

  private forget(message: Message): void {
    this.dequeued(message);
    this.dispatcher.forget(message, this.client);
    for (const string of message.lent) string.release();
  }
}
