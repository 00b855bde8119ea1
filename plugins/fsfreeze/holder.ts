/** The file systems of one freeze, from their opening to their closing: opened all before the first freezes, and thawed the way back. */
import {
  type CommandError,
  type FileSystemPath,
  type Freezer,
  type FreezeSettings,
  failed,
  type OpenFileSystem,
  OsError,
} from "../../core/plugin.ts";
import { type Outcome, outcomeOf } from "./deadline.ts";
import type { PlannedFileSystem } from "./plan-types.ts";
import { messageOf, thawWholly } from "./thawing.ts";

/** What a file system answers that can't be frozen, or is frozen already by someone else. */
const REFUSALS = new Set(["EOPNOTSUPP", "EBUSY"]);

/** How long the thaw of one is waited for before the next. */
const PATIENCE_MS = 1000;
const NEVER = new AbortController().signal;

/** One file system of a freeze. */
export interface Held {
  readonly planned: PlannedFileSystem;
  readonly open: OpenFileSystem;
  /** How it was reached. */
  readonly path: FileSystemPath;
  /** Of `performance.now()`: when it was told to freeze, when it was frozen, when it was thawed. */
  begun?: number;
  frozen?: number;
  thawed?: number;
  /** A freeze that was still going on in the kernel when nobody waited for it any more: resolves when it is done and thawed again. */
  late?: Promise<unknown>;
}

export interface Skipped {
  readonly mountPoint: string;
  readonly reason: string;
}

type Limits = Pick<FreezeSettings, "withinMs" | "eachWithinMs" | "skipFailing">;

export class Holder {
  readonly #freezer: Freezer;
  readonly #limits: Limits;
  readonly #givenUp: AbortSignal;
  /** Of `performance.now()`, for all file systems together. */
  #deadline = 0;
  #timeIsOver = false;
  /** In the order of freezing. */
  readonly held: Held[] = [];
  readonly skipped: Skipped[] = [];

  /** @param givenUp fires when nobody wants the freeze any more. */
  constructor(freezer: Freezer, limits: Limits, givenUp: AbortSignal) {
    this.#freezer = freezer;
    this.#limits = limits;
    this.#givenUp = givenUp;
  }

  /** @throws CommandError for one that can't be opened and must not be left out. */
  async open(order: readonly PlannedFileSystem[]): Promise<void> {
    this.#deadline = performance.now() + this.#limits.withinMs; // hooks, which came before, have limits of their own
    for (const planned of order) {
      const opening = this.#openOne(planned);
      const outcome = await this.#wait(opening);
      if (outcome !== "settled") {
        opening.then(
          ({ open }) => open.close(),
          () => undefined,
        );
        this.#leaveOut(planned, this.#unsettled("open", planned, outcome));
        continue;
      }
      try {
        this.held.push({ planned, ...(await opening) });
      } catch (error) {
        this.#leaveOut(planned, failed(`failed to open ${nameOf(planned)}: ${messageOf(error)}`));
      }
    }
  }

  /** @returns how many are frozen now. @throws CommandError if one can't be and must not be left out. */
  async freeze(): Promise<number> {
    let count = 0;
    for (const held of this.held) {
      if (this.#givenUp.aborted) throw givenUpError();
      held.begun = performance.now();
      const freezing = held.open.freeze();
      const outcome = await this.#wait(freezing);
      if (outcome !== "settled") {
        held.late = freezing.catch(() => undefined).then(() => thawWholly(held.open));
        this.#leaveOut(held.planned, this.#unsettled("freeze", held.planned, outcome));
        continue;
      }
      try {
        await freezing;
        held.frozen = performance.now();
        count++;
      } catch (error) {
        if (!(error instanceof OsError)) throw error;
        if (REFUSALS.has(error.code)) this.skipped.push({ mountPoint: nameOf(held.planned), reason: error.message });
        else this.#leaveOut(held.planned, failed(`failed to freeze ${nameOf(held.planned)}: ${error.message}`));
      }
    }
    if (this.#givenUp.aborted) throw givenUpError();
    return count;
  }

  /**
   * Thaws all, the last that froze first. What still freezes is thawed when that is done, which is not waited for.
   * @returns the devices that were frozen, and what went wrong.
   */
  async thaw(): Promise<{ readonly thawed: string[]; readonly problems: string[] }> {
    const thawed: string[] = [];
    const problems: string[] = [];
    const thaws: Promise<void>[] = [];
    for (const held of this.held.toReversed()) {
      if (held.late !== undefined) continue;
      const thaw = thawWholly(held.open).then((result) => {
        held.thawed = performance.now();
        if (result.thawed) thawed.push(held.planned.device);
        else if (held.frozen !== undefined && result.problem === undefined) problems.push(noLongerFrozen(held.planned));
        if (result.problem !== undefined) problems.push(result.problem);
      });
      thaws.push(thaw);
      // One whose device hangs holds up itself, not the others.
      await outcomeOf(thaw, NEVER, PATIENCE_MS);
    }
    await Promise.all(thaws);
    return { thawed, problems };
  }

  /** Closes all. @returns those that still freeze, and when they will have been thawed. */
  release(): { readonly late: readonly PlannedFileSystem[]; readonly settled: Promise<unknown> } {
    const late = this.held.filter((held) => held.late !== undefined);
    for (const { open, late: settled } of this.held) {
      if (settled === undefined) open.close();
      else settled.then(() => open.close());
    }
    return { late: late.map(({ planned }) => planned), settled: Promise.all(late.map((held) => held.late)) };
  }

  /** By the first of its mount points that leads to it: another file system may be mounted over one. */
  async #openOne({ mountPoints, device, type }: PlannedFileSystem): Promise<Pick<Held, "open" | "path">> {
    let failure: unknown;
    for (const { mountPoint, id } of mountPoints) {
      // The files of a btrfs subvolume have a device number of its own.
      const path = { mountPoint, ...(type === "btrfs" ? { mountId: id } : { device }) };
      try {
        return { open: await this.#freezer.open(path), path };
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure instanceof OsError && failure.code === "ENODEV") throw new Error("another file system is mounted over it");
    throw failure ?? new Error("it has no mount point");
  }

  async #wait(work: Promise<unknown>): Promise<Outcome> {
    const { eachWithinMs } = this.#limits;
    const remainingMs = this.#deadline - performance.now();
    const outcome = await outcomeOf(work, this.#givenUp, Math.min(eachWithinMs, remainingMs));
    // The clock isn't asked afterwards: a timer counts whole milliseconds, and may come up to two of them early.
    if (outcome === "late" && remainingMs <= eachWithinMs) this.#timeIsOver = true;
    return outcome;
  }

  #unsettled(call: string, planned: PlannedFileSystem, outcome: Outcome): CommandError {
    if (outcome === "given up") return givenUpError();
    return failed(`failed to ${call} ${nameOf(planned)}: it takes too long, perhaps its device hangs or has much to write`);
  }

  #leaveOut(planned: PlannedFileSystem, error: CommandError): void {
    if (!this.#limits.skipFailing || this.#givenUp.aborted || this.#timeIsOver) throw error;
    this.skipped.push({ mountPoint: nameOf(planned), reason: error.message });
  }
}

/** Its first mount point, by which clients and admins know it. */
export function nameOf({ mountPoints, device }: PlannedFileSystem): string {
  return mountPoints[0]?.mountPoint ?? device;
}

/** The guard does that, and who else may. */
function noLongerFrozen(planned: PlannedFileSystem): string {
  return `${nameOf(planned)} was no longer frozen: what was copied of it meanwhile may not be consistent`;
}

export function givenUpError(): CommandError {
  return failed("the freeze was given up, and everything is thawed");
}
