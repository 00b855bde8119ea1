/** Log lines in qemu-ga's form: `SECONDS.MICROS: LEVEL: text`. */
import { Token } from "./token.ts";

export type Level = "error" | "critical" | "warning" | "message" | "info" | "debug";

export interface Log {
  error(text: string): void;
  critical(text: string): void;
  warning(text: string): void;
  message(text: string): void;
  info(text: string): void;
  /** @param text a function, where making the text costs something: it is called only if somebody will read it. */
  debug(text: string | (() => string)): void;
}

export const Log = new Token<Log>("log");
