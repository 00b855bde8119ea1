/** The C library's allocator, of which glibc's keeps what was freed for the next who asks: after a busy time that is megabytes. */
import { declared, type NativeFunction, optional } from "./library.ts";

const c = declared<{ mallocTrim: NativeFunction<[keep: number], number> | undefined }>((library) => ({
  // musl's allocator gives back by itself.
  mallocTrim: optional(() => library.func("int malloc_trim(size_t)")),
}));

/** Gives back to the system what is free. @throws Error where native calls are not available. */
export function releaseFreeMemory(): void {
  c().mallocTrim?.(0);
}
