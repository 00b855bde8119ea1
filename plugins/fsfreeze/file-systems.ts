/** Freezing and thawing, one call at a time, in such a way that whatever goes wrong ends with everything thawed. */
import {
  type AgentState,
  type CommandContext,
  CommandError,
  type Freezer,
  failed,
  type Log,
  type Mount,
  type Mounts,
  OsError,
} from "../../core/plugin.ts";
import type { Hook } from "./hook.ts";
import { plan } from "./plan.ts";

/** What a file system answers that can't be frozen, or is frozen already by someone else. */
const REFUSALS = new Set(["EOPNOTSUPP", "EBUSY"]);
/** How FITHAW answers where nothing is, or is no longer, frozen. */
const NOTHING_TO_THAW = new Set(["EINVAL", "EOPNOTSUPP", "ENOTTY"]);

/** A freeze that was still going on when it was given up. */
interface Late {
  readonly mount: Mount;
  readonly settled: Promise<unknown>;
}

export class FileSystems {
  readonly #state: AgentState;
  readonly #mounts: Mounts;
  readonly #freezer: Freezer;
  readonly #hook: Hook;
  /** Resolves when the last call so far has ended. */
  #idle: Promise<void> = Promise.resolve();
  /** Ends the freezes under way: a thaw wants them all gone. */
  #thawComes = new AbortController();
  /** In the order of thawing what this process froze, for a thaw that can't read the list of mounts. */
  #frozen: readonly Mount[] = [];

  constructor(state: AgentState, mounts: Mounts, freezer: Freezer, hook: Hook) {
    this.#state = state;
    this.#mounts = mounts;
    this.#freezer = freezer;
    this.#hook = hook;
  }

  /**
   * @param only the client's list of mount points, or undefined for all.
   * @returns how many file systems it has frozen; if none, nothing has changed.
   * @throws CommandError, and then everything is thawed: a hook or a file system failed, or the client has gone away.
   */
  freeze(command: string, only: readonly string[] | undefined, { signal, log }: CommandContext): Promise<number> {
    const givenUp = AbortSignal.any([signal, this.#thawComes.signal]);
    return this.#alone(async () => {
      // Another connection's freeze came first; the gate would have said the same a moment later.
      if (this.#state.frozen) throw new CommandError("COMMAND_DISABLED", { name: command });
      unlessGivenUp(givenUp);
      log.info(`${command} called`);
      await this.#tellHookOfFreeze(givenUp, log);
      let late: Late | undefined;
      try {
        const { freeze, thaw, leftOut } = plan(await this.#mounts.list(), only);
        for (const { mount, reason } of leftOut) log.debug(`${mount.mountPoint} is not frozen: it ${reason}`);
        this.#frozen = thaw;
        await this.#state.enterFrozen();
        const count = await this.#freezeEach(freeze, givenUp, (freezing) => {
          late = freezing;
        });
        if (count === 0) await this.#state.leaveFrozen();
        return count;
      } catch (error) {
        await this.#undo(late, log);
        throw error;
      }
    });
  }

  /**
   * @returns how many file systems it has thawed. What others froze is thawed, too.
   * @throws CommandError if the hook failed; the file systems are thawed all the same.
   */
  thaw(log: Log): Promise<number> {
    this.#thawComes.abort();
    this.#thawComes = new AbortController();
    return this.#alone(async () => {
      const { count, problems } = await this.#thawEach(await this.#toThaw());
      try {
        if (this.#state.frozen) await this.#state.leaveFrozen();
        // Only now: logs are held back until here.
        log.info("guest-fsfreeze-thaw called");
        for (const problem of problems) log.warning(problem);
      } finally {
        await this.#hook.run("thaw");
      }
      return count;
    });
  }

  /** A hook that fails has nothing to undo; one that was stopped half-way has to be told that the freeze is off. */
  async #tellHookOfFreeze(givenUp: AbortSignal, log: Log): Promise<void> {
    try {
      await this.#hook.run("freeze", givenUp);
      unlessGivenUp(givenUp);
    } catch (error) {
      if (!givenUp.aborted) throw error;
      await this.#tellHookOfUndo(log);
      throw givenUpError();
    }
  }

  async #freezeEach(order: readonly Mount[], givenUp: AbortSignal, leaveBehind: (late: Late) => void): Promise<number> {
    let count = 0;
    for (const mount of order) {
      unlessGivenUp(givenUp);
      const freezing = this.#freezeOne(mount);
      // Writing out can take long. What is frozen so far must not wait for that when nobody wants the freeze any more.
      if (!(await settlesBefore(freezing, givenUp))) {
        leaveBehind({ mount, settled: freezing.catch(() => undefined) });
        throw givenUpError();
      }
      if (await freezing) count++;
    }
    unlessGivenUp(givenUp);
    return count;
  }

  /** @returns false for a file system that can't be frozen, or is already. */
  async #freezeOne({ mountPoint }: Mount): Promise<boolean> {
    try {
      await this.#freezer.freeze(mountPoint);
      return true;
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      if (error.call === "freeze" && REFUSALS.has(error.code)) return false;
      throw failed(`failed to ${error.call} ${mountPoint}: ${error.message}`);
    }
  }

  /** Thaws everything, whatever fails meanwhile: the client is told why there was no freeze, the log the rest. */
  async #undo(late: Late | undefined, log: Log): Promise<void> {
    const mounts = await this.#toThaw().catch(() => []);
    const { problems } = await this.#thawEach(mounts.filter(({ mountPoint }) => mountPoint !== late?.mount.mountPoint));
    if (late !== undefined) {
      // Not before: a thaw in the middle of a freeze waits for it and achieves nothing.
      await late.settled;
      problems.push(...(await this.#thawEach([late.mount])).problems);
    }
    if (this.#state.frozen) {
      await this.#state.leaveFrozen().catch((error: unknown) => problems.push(`the frozen state can't be left: ${messageOf(error)}`));
    }
    for (const problem of problems) log.warning(problem);
    await this.#tellHookOfUndo(log);
  }

  async #tellHookOfUndo(log: Log): Promise<void> {
    await this.#hook.run("thaw").catch((error: unknown) => log.warning(messageOf(error)));
  }

  /** The list as it is now, because mounts come and go during a freeze; if it can't be had, what was frozen. */
  async #toThaw(): Promise<readonly Mount[]> {
    try {
      return plan(await this.#mounts.list()).thaw;
    } catch (error) {
      if (this.#frozen.length === 0) throw error;
      return this.#frozen;
    }
  }

  /** A failure is no reason to leave the others frozen. */
  async #thawEach(order: readonly Mount[]): Promise<{ count: number; problems: string[] }> {
    let count = 0;
    const problems: string[] = [];
    this.#frozen = [];
    for (const { mountPoint } of order) {
      let thaws = 0;
      try {
        // Kernels have counted freezes: each needs its thaw. It ends with the error that nothing is frozen.
        for (;;) {
          await this.#freezer.thaw(mountPoint);
          thaws++;
        }
      } catch (error) {
        const expected = error instanceof OsError && error.call === "thaw" && NOTHING_TO_THAW.has(error.code);
        if (!expected) problems.push(`${mountPoint} could not be thawed: ${messageOf(error)}`);
      }
      if (thaws > 0) count++;
    }
    return { count, problems };
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#idle;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = promise;
    await before;
    try {
      return await work();
    } finally {
      resolve();
    }
  }
}

function unlessGivenUp(signal: AbortSignal): void {
  if (signal.aborted) throw givenUpError();
}

function givenUpError(): CommandError {
  return failed("the freeze was given up, and everything is thawed");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** @returns whether the work has ended, well or not, before the signal fires. */
async function settlesBefore(work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  const { promise: aborted, resolve } = Promise.withResolvers<false>();
  const onAbort = () => resolve(false);
  signal.addEventListener("abort", onAbort, { once: true });
  const settled = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
