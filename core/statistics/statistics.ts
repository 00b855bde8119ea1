/**
 * What the agent counts of its own work. It is fed on the way of every request, so it makes no object, and asks seldom for the time, which
 * costs a twentieth of a ping: what takes its time is timed always, of what is answered at once the first in each piece of bytes that a client
 * has sent, and one in sixteen of those behind it.
 */
import { singleton } from "tsyringe";
import type { ErrorClass } from "../errors.ts";
import type { PluginStatus } from "../extension/source.ts";
import type { CommandFigures } from "./figures.ts";
import type { Holdings } from "./holdings.ts";

const ONE_IN = 16;

@singleton()
export class Statistics implements Holdings {
  requests = 0;
  /** What was no JSON: also the byte 0xFF, by which clients begin. */
  malformed = 0;
  /** Requests that a later sync has given up. */
  abandoned = 0;
  /** Bytes that clients have sent, and that were sent to them. */
  received = 0;
  sent = 0;
  /** Clients so far, and now. */
  connections = 0;
  open = 0;
  readonly errors = new Map<ErrorClass, number>();
  readonly held = new Map<string, number>();
  /** Set where there are plugins beside the agent's own. */
  plugins: (() => readonly PluginStatus[]) | undefined;
  /** A number in an array is written in place; in a field it would be an object anew each time. */
  private readonly beginning = new Float64Array(1);
  private turn = 0;
  private timed = false;

  /** Bytes were read, or an earlier request is done with: what is dispatched next is timed. */
  arrived(): void {
    this.turn = 0;
  }

  /** A request is being dispatched. */
  begin(): void {
    this.timed = this.turn++ % ONE_IN === 0;
    if (this.timed) this.beginning[0] = performance.now();
  }

  /** When the request began that turns out to take its time: milliseconds, of a clock that only goes on. */
  get began(): number {
    return this.timed ? (this.beginning[0] as number) : performance.now();
  }

  /**
   * @param figures of the command; undefined for what was no request for one that there is.
   * @param began of what was not answered at once.
   */
  answered(figures: CommandFigures | undefined, began?: number): void {
    this.requests++;
    if (!figures) return;
    figures.count++;
    if (began !== undefined) figures.time(performance.now() - began);
    else if (this.timed) figures.time(performance.now() - (this.beginning[0] as number));
  }

  /** The same, of an error. */
  failed(which: ErrorClass, figures: CommandFigures | undefined, began?: number): void {
    this.errors.set(which, (this.errors.get(which) ?? 0) + 1);
    if (figures) figures.errors++;
    this.answered(figures, began);
  }

  set(what: string, count: number): void {
    this.held.set(what, count);
  }
}
