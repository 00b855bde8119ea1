/**
 * A system with musl, made of Debian's parts: its musl is the loader, and its libstdc++, made for glibc, stands in for Alpine's. The few
 * functions of glibc that it asks for are given to it under the name of glibc's loader, which it asks for too.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const MUSL_LOADER = "/lib/ld-musl-x86_64.so.1";

const STAND_INS = `
  .globl arc4random, __strftime_l, __cxa_thread_atexit_impl, _dl_find_object, __cpu_indicator_init
arc4random: rdtsc
  ret
__strftime_l: jmp strftime_l@PLT
_dl_find_object: mov $-1, %eax
  ret
__cxa_thread_atexit_impl:
__cpu_indicator_init: xor %eax, %eax
  ret
  .bss
  .globl __libc_single_threaded, __cpu_model
  .type __libc_single_threaded, @object
  .size __libc_single_threaded, 1
  .type __cpu_model, @object
  .size __cpu_model, 16
__cpu_model: .zero 16
__libc_single_threaded: .zero 1
  .section .note.GNU-stack,"",@progbits
`;

/** @returns the environment in which a program with musl finds its libraries. */
export function muslSystem(folder: string): Readonly<Record<string, string>> {
  copyFileSync("/usr/lib/x86_64-linux-gnu/libstdc++.so.6", join(folder, "libstdc++.so.6"));
  copyFileSync("/lib/x86_64-linux-gnu/libgcc_s.so.1", join(folder, "libgcc_s.so.1"));
  const source = join(folder, "stand-ins.s");
  const object = join(folder, "stand-ins.o");
  writeFileSync(source, STAND_INS);
  execFileSync("as", ["-o", object, source]);
  const LOADER = "ld-linux-x86-64.so.2";
  execFileSync("ld", ["-shared", "-soname", LOADER, "-o", join(folder, LOADER), object]);
  return { LD_LIBRARY_PATH: folder };
}
