/** How much a process may have. */
import { checked, declared, type NativeFunction } from "./library.ts";

const c = declared<{ setrlimit: NativeFunction<[resource: number, limit: BigUint64Array], number> }>((library) => ({
  setrlimit: library.func("int setrlimit(int, void *)"),
}));

const RLIMIT_DATA = 2;

/** From now on this process gets no more private memory than so many bytes, counted as address space, stacks of threads among it. */
export function limitData(bytes: number): void {
  const limit = BigInt(bytes);
  checked(c().setrlimit(RLIMIT_DATA, new BigUint64Array([limit, limit])), "setrlimit");
}
