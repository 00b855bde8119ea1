/** Records to numbered lines, and those to where the admin wants them. */
import type { Log } from "../log.ts";
import { JOURNAL_SOCKET } from "../os/linux/journal.ts";
import { matches } from "../policy/pattern.ts";
import { printable } from "../printable.ts";
import type { Audit, AuditRecord, Client } from "./audit.ts";
import { FileSink } from "./file-sink.ts";
import { JournalSink } from "./journal-sink.ts";
import { type Entry, lineOf } from "./line.ts";
import { type AuditLine, LineQueue, type Lost } from "./line-queue.ts";
import { type RequestEntry, RequestRecord } from "./record.ts";
import type { Plain } from "./redaction.ts";
import type { AuditSettings } from "./settings.ts";
import type { Sink, SinkHost } from "./sink.ts";

export type Details = Readonly<Record<string, Plain>>;

export class Trail implements Audit {
  readonly #log: Log;
  readonly #journalSocket: string;
  #except: readonly string[] = [];
  #number = 0;
  #file: FileSink | undefined;
  #journal: JournalSink | undefined;
  /** What is recorded before anything may be opened. */
  readonly #early = new LineQueue((lost) => this.#lostLine(lost));
  #isOpen = false;

  /** @param journalSocket where systemd's journal listens. */
  constructor(log: Log, journalSocket = JOURNAL_SOCKET) {
    this.#log = log;
    this.#journalSocket = journalSocket;
  }

  /** @param except patterns of commands that are not recorded from here on. */
  leaveOut(except: readonly string[]): void {
    this.#except = except;
  }

  /** From here on records go where these settings say. @throws Error saying what to do; then everything is as it was. */
  async use(settings: AuditSettings): Promise<void> {
    const { file, journal } = settings;
    const before = this.#sinks();
    const fileSink = file === this.#file?.path ? this.#file : file === undefined ? undefined : new FileSink(file, this.#host());
    const journalSink = journal ? (this.#journal ?? this.#newJournal()) : undefined;
    fileSink?.reopen();
    this.#file = fileSink;
    this.#journal = journalSink;
    this.#isOpen = true;
    for (const line of this.#early.takeAll()) this.#send(line);
    const kept = this.#sinks();
    for (const sink of before.filter((each) => !kept.includes(each))) {
      await sink.end();
      sink.close();
    }
  }

  begin(client: Client, command: string, given: Readonly<Record<string, unknown>>): AuditRecord | undefined {
    if (this.#except.some((pattern) => matches(pattern, command))) return undefined;
    return new RequestRecord(client, command, given, (entry) => this.#request(entry));
  }

  /** Something that the agent did by itself. */
  event(name: string, details: Details): void {
    const message = [name, ...Object.entries(details).map(([key, value]) => `${key}: ${value}`)].join(", ");
    this.#add({ event: name, ...details }, { message, notable: true });
  }

  /** The file is opened anew before the next line. */
  reopen(): void {
    this.#file?.reopen();
  }

  async hold(): Promise<void> {
    await Promise.all(this.#sinks().map((sink) => sink.hold()));
  }

  resume(): void {
    for (const sink of this.#sinks()) sink.resume();
  }

  async end(): Promise<void> {
    await Promise.all(this.#sinks().map((sink) => sink.end()));
  }

  #request({ client, command, decision, outcome, message, fields }: RequestEntry): number {
    const notable = outcome !== "ok";
    return this.#add(fields, { message, notable, command: printable(command), decision, peer: printable(client.peer) });
  }

  #add(fields: Entry, about: Omit<AuditLine, "number" | "text">): number {
    const number = ++this.#number;
    this.#send(this.#line(number, fields, about));
    return number;
  }

  #line(number: number, fields: Entry, about: Omit<AuditLine, "number" | "text">): AuditLine {
    const text = lineOf({ time: new Date().toISOString(), n: number, pid: process.pid, ...fields });
    return { ...about, number, text, message: printable(about.message) };
  }

  /** It stands in place of the last one that it tells of. */
  #lostLine(lost: Lost): AuditLine {
    const message = `${lost.records} records were lost, ${lost.first} to ${lost.last}: they could not be written in time`;
    return this.#line(lost.last, { event: "lost", ...lost }, { message, notable: true });
  }

  #send(line: AuditLine): void {
    if (!this.#isOpen) this.#early.push(line);
    this.#file?.add(line);
    this.#journal?.add(line);
  }

  #sinks(): Sink[] {
    return [this.#file, this.#journal].filter((sink) => sink !== undefined);
  }

  #newJournal(): JournalSink | undefined {
    try {
      return new JournalSink(this.#journalSocket, this.#host());
    } catch (error) {
      this.#log.error(`the audit doesn't go to the journal: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  }

  #host(): SinkHost {
    let isTold = false;
    return {
      lost: (lost) => this.#lostLine(lost),
      trouble: (text) => {
        if (!isTold) this.#log.error(text);
        isTold = true;
      },
      over: (text) => {
        if (isTold) this.#log.message(text);
        isTold = false;
      },
    };
  }
}
