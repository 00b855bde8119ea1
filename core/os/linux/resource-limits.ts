/** How much a process may have. */
import { checked, declared, type NativeFunction } from "./library.ts";

/** The soft limit, and the hard one up to which a process may raise it. */
type Limit = NativeFunction<[resource: number, limit: BigUint64Array], number>;

const c = declared<{ getrlimit: Limit; setrlimit: Limit }>((library) => ({
  getrlimit: library.func("int getrlimit(int, void *)"),
  setrlimit: library.func("int setrlimit(int, void *)"),
}));

const RLIMIT_DATA = 2;
const RLIMIT_NOFILE = 7;

/** From now on this process gets no more private memory than so many bytes, counted as address space, stacks of threads among it. */
export function limitData(bytes: number): void {
  const limit = BigInt(bytes);
  checked(c().setrlimit(RLIMIT_DATA, new BigUint64Array([limit, limit])), "setrlimit");
}

/** Sets how many descriptors this process may have open, if it has more. @returns what it had, or undefined if nothing was changed. @throws OsError */
export function lowerDescriptorLimit(count: bigint): bigint | undefined {
  const limit = new BigUint64Array(2);
  checked(c().getrlimit(RLIMIT_NOFILE, limit), "getrlimit");
  const [soft = 0n, hard = 0n] = limit;
  if (soft <= count) return undefined;
  checked(c().setrlimit(RLIMIT_NOFILE, new BigUint64Array([count, hard])), "setrlimit");
  return soft;
}

/** @param soft no more than the hard limit. @throws OsError */
export function raiseDescriptorLimit(soft: bigint): void {
  const limit = new BigUint64Array(2);
  checked(c().getrlimit(RLIMIT_NOFILE, limit), "getrlimit");
  limit[0] = soft;
  checked(c().setrlimit(RLIMIT_NOFILE, limit), "setrlimit");
}
