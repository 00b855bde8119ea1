/** Steps of scenarios that work on files. */
import type { Prepared } from "./prepared.ts";
import type { Step } from "./scenario.ts";
import { request } from "./table.ts";

export const open = (path: string, mode?: string): Step => ({
  ask: request("guest-file-open", `{"path":"${path}"${mode === undefined ? "" : `,"mode":"${mode}"`}}`),
  lines: 1,
});
export const read = (count?: number | string, handle = "{h}"): Step => ({
  ask: request("guest-file-read", `{"handle":${handle}${count === undefined ? "" : `,"count":${count}`}}`),
  lines: 1,
});
export const write = (base64: string, count?: number | string, handle = "{h}"): Step => ({
  ask: request("guest-file-write", `{"handle":${handle},"buf-b64":"${base64}"${count === undefined ? "" : `,"count":${count}`}}`),
  lines: 1,
});
export const seek = (offset: number | string, whence: number | string, handle = "{h}"): Step => ({
  ask: request(
    "guest-file-seek",
    `{"handle":${handle},"offset":${offset},"whence":${typeof whence === "number" ? whence : `"${whence}"`}}`,
  ),
  lines: 1,
});
export const flush = (handle = "{h}"): Step => ({ ask: request("guest-file-flush", `{"handle":${handle}}`), lines: 1 });
export const close = (handle = "{h}"): Step => ({ ask: request("guest-file-close", `{"handle":${handle}}`), lines: 1 });
export const look = (...names: string[]): Step => ({ look: names });

/** One of each kind. */
export const FILES: Readonly<Record<string, Prepared>> = {
  existing: { text: "hello world" },
  empty: { text: "" },
  readonly: { text: "read only", mode: 0o444 },
  private: { text: "private", mode: 0o600 },
  executable: { text: "x", mode: 0o755 },
  folder: { folder: true },
  fifo: { fifo: true },
  link: { link: "existing" },
  dangling: { link: "made-by-link" },
  loop: { link: "loop" },
};
