/** Waiting for a plugin, but not for ever. */
import { ModuleError } from "./module-errors.ts";

/**
 * @param late what to say when the time is over; what comes of the work then is dropped.
 * @throws ModuleError with that text, and whatever the work throws.
 */
export async function within<T>(ms: number, late: string, work: T | Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(new ModuleError(late)), ms);
  try {
    return await Promise.race([new Promise<T>((resolve) => resolve(work)), over.promise]);
  } finally {
    clearTimeout(timer);
  }
}
