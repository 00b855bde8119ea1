/** The audit as the admin's configuration has it now. Where there is none, it costs a look at a field, and nothing is loaded. */
import { closeSync } from "node:fs";
import { inject, singleton } from "tsyringe";
import type { AdminConfig } from "../config/admin-config.ts";
import { StartError } from "../config/start-error.ts";
import { LogFile } from "../log-file.ts";
import type { PolicyRules } from "../policy/rules.ts";
import { StateFile } from "../state-file.ts";
import { AGENT_VERSION } from "../version.ts";
import type { Audit, AuditRecord, Client } from "./audit.ts";
import type { Details, Trail } from "./trail.ts";

/** What of the configuration it is told of. */
type Audited = Pick<AdminConfig, "audit" | "files">;

// Its members are TypeScript's `private`: esbuild makes `#` members of a class with decorators slow, and every request asks here.
@singleton()
export class CurrentAudit implements Audit {
  private readonly log: LogFile;
  private readonly state: StateFile;
  private trail: Trail | undefined;
  private isOn = false;
  private hasStarted = false;
  /** What waits for the thaw to be opened. */
  private waiting: Audited | undefined;

  constructor(@inject(LogFile) log: LogFile, @inject(StateFile) state: StateFile) {
    this.log = log;
    this.state = state;
  }

  begin(client: Client, command: string, given: Readonly<Record<string, unknown>>): AuditRecord | undefined {
    return this.isOn ? this.trail?.begin(client, command, given) : undefined;
  }

  /**
   * Goes by this configuration from here on, at the start and after each reload, and records that it does. While file systems are frozen
   * records wait in memory.
   * @param rules that hold from now on.
   * @throws StartError saying what to do; then everything is as it was.
   */
  async apply(admin: Audited, rules: PolicyRules): Promise<void> {
    const isOn = admin.audit.file !== undefined || admin.audit.journal;
    if (!isOn && !this.trail) {
      this.hasStarted = true;
      return;
    }
    const trail = this.trail ?? (await this.newTrail());
    const changed = { files: admin.files, rules: await digest(rules) };
    if (this.state.frozen) this.waiting = admin;
    else await this.use(trail, admin, isOn, changed);
    this.isOn = isOn;
    trail.leaveOut(admin.audit.except);
    if (isOn) this.event(this.hasStarted ? "reload" : "start", { version: AGENT_VERSION, ...changed });
    this.hasStarted = true;
  }

  /** Whether `apply` can go by it. @throws Error saying what to do. */
  async check({ audit: { file } }: Pick<AdminConfig, "audit">): Promise<void> {
    if (file === undefined) return;
    const { openAuditFile } = await import("./open-file.ts");
    closeSync(openAuditFile(file).fd);
  }

  /** A reload that was refused: the rules before it still hold. */
  refusedConfig(problems: readonly string[]): void {
    this.event("config-refused", { problems });
  }

  event(name: string, details: Details = {}): void {
    if (this.isOn) this.trail?.event(name, details);
  }

  async hold(): Promise<void> {
    await this.trail?.hold();
  }

  /** @param by what has ended the frozen state; undefined where it did not come to it. */
  resume(by?: string): void {
    if (by !== undefined) this.event("thawed", { by });
    const waiting = this.waiting;
    this.waiting = undefined;
    this.trail?.resume();
    if (waiting) this.trail?.use(waiting.audit).catch((error: Error) => this.log.error(`nothing is audited: ${error.message}`));
  }

  /** The agent ends: what waits is written, and what is still answered is written at once. */
  async close(): Promise<void> {
    this.event("stop");
    await this.trail?.end();
  }

  private async newTrail(): Promise<Trail> {
    const { Trail } = await import("./trail.ts");
    const trail = new Trail(this.log);
    this.trail = trail;
    this.state.writers.add(this);
    process.on("SIGHUP", () => trail.reopen());
    return trail;
  }

  /** The last record of one that is switched off says so. */
  private async use(trail: Trail, { audit }: Audited, isOn: boolean, changed: Details): Promise<void> {
    if (!isOn) this.event("audit-off", changed);
    try {
      await trail.use(audit);
    } catch (error) {
      throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
}

/** By which an admin knows whether two times the same rules held. */
async function digest(rules: PolicyRules): Promise<string> {
  const { createHash } = await import("node:crypto");
  const text = JSON.stringify(rules, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  return createHash("sha256").update(text).digest("hex");
}
