/**
 * Debian's libstdc++ in a guest, for executables with musl: Alpine's isn't to be had here. A library under its name has the few functions of
 * glibc that it asks for, and links Debian's under another name, so that no environment has to say where anything is.
 */
import * as fs from "node:fs/promises";
import path from "node:path";
import { run } from "../process.ts";

export const standIns = `
  .globl arc4random, __strftime_l, __getauxval, __cxa_thread_atexit_impl, _dl_find_object
arc4random: mrs x0, cntvct_el0
  ret
__strftime_l: b strftime_l
__getauxval: b getauxval
_dl_find_object: mov w0, #-1
  ret
__cxa_thread_atexit_impl: mov w0, #0
  ret
  .bss
  .globl __libc_single_threaded
  .type __libc_single_threaded, @object
  .size __libc_single_threaded, 1
__libc_single_threaded: .zero 1
  .section .note.GNU-stack,"",@progbits
`;

const binutils = "aarch64-linux-gnu-";

/** @param folder the first in which musl looks for libraries, in the root file system that is built. */
export async function buildStandIns(folder: string): Promise<void> {
  const other = "libstdc++-debian.so";
  await fs.mkdir(folder, { recursive: true });
  const file = (name: string) => path.join(folder, name);
  await run(`${binutils}as`, ["-o", file("stand-ins.o"), "-"], { input: standIns });
  // of which nothing but its name is linked
  await run(`${binutils}ld`, ["-shared", "-soname", other, "-o", file(other), file("stand-ins.o")]);
  const name = "libstdc++.so.6";
  await run(`${binutils}ld`, ["-shared", "-soname", name, "-o", file(name), file("stand-ins.o"), "--no-as-needed", file(other)]);
  await fs.rm(file("stand-ins.o"));
  await fs.rm(file(other));
  await fs.symlink(`/usr/lib/aarch64-linux-gnu/${name}`, file(other));
}
