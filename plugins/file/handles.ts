/** The table of open files. A number is never given twice, also not after a restart: a client may hold an old one. */
import { type AgentState, failed, type Holdings, type Int64Value } from "../../core/plugin.ts";
import type { Abandonable, OpenFile } from "./open-file.ts";

/** Far below the usual limit of descriptors, which the agent needs for its own work. */
const OPEN_FILES_LIMIT = 512;

export class Handles {
  private readonly state: AgentState;
  private readonly open = new Map<Int64Value, OpenFile>();
  /** Opens that have a place and no number yet. */
  private coming = 0;

  private readonly holdings: Holdings;

  constructor(state: AgentState, holdings: Holdings) {
    this.state = state;
    this.holdings = holdings;
  }

  /**
   * @param opener opens the file once there is a place for it.
   * @param context tells whether the client has given the file up: then it is closed again, for nobody will ever learn its number.
   * @returns its number.
   * @throws CommandError if too many files are open.
   */
  async add(opener: () => Promise<OpenFile>, context: Abandonable): Promise<number> {
    if (this.open.size + this.coming >= OPEN_FILES_LIMIT) {
      throw failed(`${OPEN_FILES_LIMIT} files are open, which is as many as the agent keeps: close some with guest-file-close`);
    }
    this.coming++;
    try {
      const file = await opener();
      try {
        const handle = await this.state.nextHandle();
        if (context.signal.aborted) throw failed("given up while it was being opened");
        this.open.set(handle, file);
        this.tell();
        return handle;
      } catch (error) {
        await file.close();
        throw error;
      }
    } finally {
      this.coming--;
    }
  }

  /** @throws CommandError if there is none of this number. */
  find(handle: Int64Value): OpenFile {
    const file = this.open.get(handle);
    if (!file) throw failed(`handle '${handle}' has not been found`);
    return file;
  }

  remove(handle: Int64Value): void {
    this.open.delete(handle);
    this.tell();
  }

  private tell(): void {
    this.holdings.set("file-handles", this.open.size);
  }
}
