/** Who may open a named pipe of the agent's: Windows' default lets everybody read from it and reach it over the network. */
import { withDescriptor } from "./descriptor.ts";
import { checked, declared } from "./library.ts";
import { ownSid } from "./security.ts";

const kernel = declared("kernel32.dll", (func) => ({
  create: func("intptr_t __stdcall CreateFileW(const char16_t *, uint32, uint32, void *, uint32, uint32, void *)") as (
    path: string,
    access: number,
    share: number,
    security: null,
    disposition: number,
    flags: number,
    template: null,
  ) => number,
  close: func("int __stdcall CloseHandle(intptr_t)") as (handle: number) => number,
}));

const security = declared("advapi32.dll", (func) => ({
  set: func("int __stdcall SetKernelObjectSecurity(intptr_t, uint32, void *)") as (
    handle: number,
    what: number,
    descriptor: unknown,
  ) => number,
}));

const READ_AND_SET_ACCESS = 0x20000 | 0x40000;
const OPEN_EXISTING = 3;
/** Nobody acts as the agent who happens to have the name. */
const ANONYMOUS = 0x00100000;
const ACCESS_LIST = 4;

/** Nobody over the network; all for the system, the administrators and whoever the agent runs as; nothing inherited. */
export function pipeAccess(sid: string): string {
  return `D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;${sid})`;
}

/**
 * Holds for all instances of the pipe, also later ones.
 * @param path of a pipe that is served by this process; it gets a client for a moment. @throws OsError
 */
export function restrictPipe(path: string): void {
  withDescriptor(pipeAccess(ownSid()), (descriptor) => {
    const handle = kernel().create(path, READ_AND_SET_ACCESS, 0, null, OPEN_EXISTING, ANONYMOUS, null);
    checked(handle === -1 ? 0 : 1, "CreateFile");
    try {
      checked(security().set(handle, ACCESS_LIST, descriptor), "SetKernelObjectSecurity");
    } finally {
      kernel().close(handle);
    }
  });
}
