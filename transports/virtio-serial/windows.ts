/** What is particular to ports on Windows. */
import { OsError } from "../../core/plugin.ts";
import type { PortKind } from "../device/port.ts";

/** Access denied, a sharing violation, busy, there already: another process, mostly another agent, has the port, which only one can have. */
const TAKEN = new Set([5, 32, 170, 183]);

export const onWindows: Pick<PortKind, "isTaken"> = {
  isTaken: (error) => error instanceof OsError && TAKEN.has(error.errno),
};
