/** Security descriptors from their text. */
import { checked, declared } from "./library.ts";

const security = declared("advapi32.dll", (func) => ({
  parse: func("int __stdcall ConvertStringSecurityDescriptorToSecurityDescriptorW(const char16_t *, uint32, _Out_ void **, void *)") as (
    text: string,
    revision: number,
    descriptor: [unknown],
    size: null,
  ) => number,
}));

const kernel = declared("kernel32.dll", (func) => ({
  free: func("void *__stdcall LocalFree(void *)") as (memory: unknown) => unknown,
}));

/** @param text in the language of security descriptors. @throws OsError */
export function withDescriptor<T>(text: string, use: (descriptor: unknown) => T): T {
  const descriptor: [unknown] = [null];
  checked(security().parse(text, 1, descriptor, null), "ConvertStringSecurityDescriptorToSecurityDescriptor");
  try {
    return use(descriptor[0]);
  } finally {
    kernel().free(descriptor[0]);
  }
}
