/** Freezing and thawing, one call at a time, in such a way that whatever goes wrong ends with everything thawed. */
import {
  type AgentState,
  type ArmedGuard,
  type BlockDevices,
  type CommandContext,
  CommandError,
  type FreezeGuard,
  type Freezer,
  failed,
  type Log,
  type Mounts,
  type Settings,
} from "../../core/plugin.ts";
import { outcomeOf } from "./deadline.ts";
import { givenUpError, Holder, nameOf } from "./holder.ts";
import type { Hooks } from "./hooks.ts";
import { planFreeze } from "./plan-freeze.ts";
import type { Plan, PlannedFileSystem } from "./plan-types.ts";
import { reportLines } from "./report.ts";
import { messageOf, thawAt } from "./thawing.ts";

/** How much later than the agent its guard ends a freeze: it is there for an agent that doesn't. */
const GUARD_LATER_MS = 5000;

/** How long a freeze waits for an earlier one that was given up and that the kernel is not done with. */
const LATE_MS = 2000;

export interface FreezeNeeds {
  readonly state: AgentState;
  readonly mounts: Mounts;
  readonly devices: BlockDevices;
  readonly freezer: Freezer;
  readonly guard: FreezeGuard;
  readonly settings: Settings;
}

/** A freeze that holds. */
interface Freeze {
  readonly holder: Holder;
  readonly forget: () => void;
  readonly guard: ArmedGuard | undefined;
  readonly unguarded: string | undefined;
  readonly lease: NodeJS.Timeout | undefined;
}

export class Freezing {
  readonly #needs: FreezeNeeds;
  readonly #hooks: Hooks;
  /** Resolves when the last call so far has ended. */
  #idle: Promise<void> = Promise.resolve();
  /** Ends the freezes under way: a thaw wants them all gone. */
  #thawComes = new AbortController();
  #current: Freeze | undefined;
  /** What still freezes in the kernel, from a freeze that was given up. */
  #late: readonly PlannedFileSystem[] = [];
  /** Resolves when that is thawed. */
  #lateSettled: Promise<unknown> = Promise.resolve();

  constructor(needs: FreezeNeeds, hooks: Hooks) {
    this.#needs = needs;
    this.#hooks = hooks;
  }

  /**
   * @param only the client's list of mount points, or undefined for all.
   * @returns how many file systems it has frozen; if none, nothing has changed.
   * @throws CommandError, and then everything is thawed: a hook or a file system failed, or the freeze was given up.
   */
  freeze(command: string, only: readonly string[] | undefined, { signal, log }: CommandContext): Promise<number> {
    const givenUp = AbortSignal.any([signal, this.#thawComes.signal]);
    return this.#alone(async () => {
      const { state } = this.#needs;
      // Another connection's freeze came first; the gate would have said the same a moment later.
      if (state.frozen) throw new CommandError("COMMAND_DISABLED", { name: command });
      if (givenUp.aborted) throw givenUpError();
      await outcomeOf(this.#lateSettled, givenUp, LATE_MS);
      if (this.#late.length > 0) throw failed(`an earlier freeze still hangs in the kernel: ${namesOf(this.#late)}; look at its device`);
      log.info(`${command} called`);
      state.freezing = true;
      const holder = new Holder(this.#needs.freezer, this.#needs.settings.freeze, givenUp);
      try {
        await this.#hooks.freeze(givenUp);
        await holder.open((await this.plan(only, log)).freeze);
        await this.#hold(holder, log);
        const count = await holder.freeze();
        if (count === 0) await this.#end("itself, for nothing could be frozen", log);
        return count;
      } catch (error) {
        if (this.#current === undefined) holder.release();
        const reason = givenUp.aborted ? givenUpError() : error;
        await this.#end(`an error (${messageOf(reason)})`, log);
        throw reason;
      } finally {
        state.freezing = false;
      }
    });
  }

  /**
   * @returns how many file systems it has thawed. What others froze is thawed, too.
   * @throws CommandError if a hook failed; the file systems are thawed all the same.
   */
  thaw(log: Log): Promise<number> {
    // A freeze that this ends tells its hooks itself.
    const { freezing } = this.#needs.state;
    this.#giveUp();
    return this.#alone(async () => {
      const { count, failure } = await this.#end("guest-fsfreeze-thaw", log, { others: true, allHooks: !freezing });
      if (failure !== undefined) throw failure;
      return count;
    });
  }

  /** What a freeze would do now. */
  async plan(only: readonly string[] | undefined, log: Log): Promise<Plan> {
    const { mounts, devices, settings } = this.#needs;
    const wishes = { exclude: settings.freeze.exclude, ...(only === undefined ? {} : { only }) };
    const plan = planFreeze(await mounts.list(), await devices.table(), wishes);
    for (const { mountPoint, reason } of plan.leftOut) log.debug(`${mountPoint} is not frozen: ${reason}`);
    return plan;
  }

  /** From here on the frozen state holds, and a guard with it: everything that a thaw needs is there before the first file system freezes. */
  async #hold(holder: Holder, log: Log): Promise<void> {
    const { state, freezer, settings } = this.#needs;
    const { leaseMs } = settings.freeze;
    const { guard, unguarded } = holder.held.length === 0 ? {} : await this.#guard(holder, log);
    const lease = leaseMs === undefined ? undefined : setTimeout(() => this.#leaseIsOver(freeze, leaseMs, log), leaseMs).unref();
    const freeze: Freeze = { holder, guard, unguarded, forget: freezer.stayInMemory(), lease };
    this.#current = freeze;
    await state.enterFrozen();
  }

  async #guard(holder: Holder, log: Log): Promise<{ guard?: ArmedGuard; unguarded?: string }> {
    const { guard, state, settings } = this.#needs;
    const { leaseMs } = settings.freeze;
    const fileSystems = holder.held.map(({ path }) => path);
    try {
      const withinMs = leaseMs === undefined ? {} : { withinMs: leaseMs + GUARD_LATER_MS };
      return { guard: await guard.arm({ fileSystems, ...withinMs, ...state.frozenMark }) };
    } catch (error) {
      // A backup without a guard is better than none; it is said now and in the report.
      log.warning(messageOf(error));
      return { unguarded: messageOf(error) };
    }
  }

  /** Ends the freezes under way. */
  #giveUp(): void {
    this.#thawComes.abort();
    this.#thawComes = new AbortController();
  }

  #leaseIsOver(freeze: Freeze, leaseMs: number, log: Log): void {
    this.#giveUp();
    void this.#alone(async () => {
      if (this.#current !== freeze) return; // a thaw came first
      log.warning(`the file systems are thawed, because nobody did within the ${leaseMs / 1000} s of the freeze's lease`);
      await this.#end("the end of its lease", log);
    });
  }

  /**
   * Thaws and leaves the frozen state, whatever fails meanwhile.
   * @param others whether also what this agent has not frozen is thawed.
   * @param allHooks whether hooks are told that know of no freeze.
   * @returns how many were frozen, and the first hook's failure.
   */
  async #end(cause: string, log: Log, { others = false, allHooks = false } = {}): Promise<{ count: number; failure: unknown }> {
    const { state } = this.#needs;
    const current = this.#current;
    this.#current = undefined;
    clearTimeout(current?.lease);
    const { thawed, problems: warnings } = (await current?.holder.thaw()) ?? { thawed: [], problems: [] };
    const devices = new Set(thawed);
    if (others) await this.#thawOthers(current, devices, warnings);
    if (state.frozen) {
      await state.leaveFrozen(cause).catch((error: unknown) => warnings.push(`the mark of the frozen state stays: ${messageOf(error)}`));
    }
    const guard = current === undefined ? undefined : await this.#release(current, log);
    for (const warning of warnings) log.warning(warning);
    let failure: unknown;
    await this.#hooks.thaw(allHooks).catch((error: unknown) => {
      failure = error;
      log.warning(messageOf(error));
    });
    const hooks = this.#hooks.takeRuns();
    if (current !== undefined) {
      const { held, skipped } = current.holder;
      for (const line of reportLines({ cause, held, skipped, hooks, guard: guard ?? current.unguarded })) log.message(line);
    }
    return { count: devices.size, failure };
  }

  /** What is mounted now and isn't held: frozen by an earlier run of the agent, or by somebody else. */
  async #thawOthers(current: Freeze | undefined, thawed: Set<string>, problems: string[]): Promise<void> {
    const { freezer, mounts, devices } = this.#needs;
    const known = new Set([...(current?.holder.held ?? []).map(({ planned }) => planned), ...this.#late].map(({ device }) => device));
    try {
      const { freeze } = planFreeze(await mounts.list(), await devices.table(), {});
      for (const planned of freeze.toReversed()) {
        if (known.has(planned.device)) continue;
        const { wasFrozen, problem } = await thawAt(freezer, nameOf(planned));
        if (wasFrozen) thawed.add(planned.device);
        if (problem !== undefined) problems.push(problem);
      }
    } catch (error) {
      problems.push(`what else may be frozen can't be told: ${messageOf(error)}`);
    }
  }

  /** @returns what the guard did other than to wait. */
  async #release({ holder, guard, forget }: Freeze, log: Log): Promise<string | undefined> {
    forget();
    const { late, settled } = holder.release();
    if (late.length === 0) return guard?.disarm();
    this.#late = late;
    log.warning(`still freezing in the kernel, to be thawed when that is done: ${namesOf(late)}`);
    this.#lateSettled = settled.then(async () => {
      this.#late = [];
      await guard?.disarm();
      log.warning(`${namesOf(late)} has been frozen at last, and was thawed`);
    });
    return undefined;
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

function namesOf(fileSystems: readonly PlannedFileSystem[]): string {
  return fileSystems.map(nameOf).join(", ");
}
