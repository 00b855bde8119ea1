/** Entering a service into Windows' service manager, and taking it away. */
import { native } from "../native.ts";
import { windowsError } from "./errors.ts";
import { checked, declared, lastError } from "./library.ts";

type Handle = number;

const manager = declared("advapi32.dll", (func) => ({
  open: func("intptr_t __stdcall OpenSCManagerW(void *, void *, uint32)") as (machine: null, database: null, access: number) => Handle,
  create: func(
    "intptr_t __stdcall CreateServiceW(intptr_t, const char16_t *, const char16_t *, uint32, uint32, uint32, uint32, const char16_t *, void *, void *, void *, void *, void *)",
  ) as (
    manager: Handle,
    name: string,
    shown: string,
    access: number,
    type: number,
    start: number,
    errors: number,
    command: string,
    group: null,
    tag: null,
    needs: null,
    account: null,
    password: null,
  ) => Handle,
  openService: func("intptr_t __stdcall OpenServiceW(intptr_t, const char16_t *, uint32)") as (
    manager: Handle,
    name: string,
    access: number,
  ) => Handle,
  configure: func("int __stdcall ChangeServiceConfig2W(intptr_t, uint32, void *)") as (
    service: Handle,
    level: number,
    what: bigint,
  ) => number,
  start: func("int __stdcall StartServiceW(intptr_t, uint32, void *)") as (service: Handle, count: number, words: null) => number,
  control: func("int __stdcall ControlService(intptr_t, uint32, void *)") as (
    service: Handle,
    control: number,
    status: Uint8Array,
  ) => number,
  query: func("int __stdcall QueryServiceStatus(intptr_t, void *)") as (service: Handle, status: Uint8Array) => number,
  delete: func("int __stdcall DeleteService(intptr_t)") as (service: Handle) => number,
  close: func("int __stdcall CloseServiceHandle(intptr_t)") as (handle: Handle) => number,
}));

const ALL_OF_MANAGER = 0xf003f;
const ALL_OF_SERVICE = 0xf01ff;
const OWN_PROCESS = 0x10;
const AUTOMATIC = 2;
const NORMAL_ERRORS = 1;
const DESCRIPTION = 1;
const FAILURE_ACTIONS = 2;
const FAILURE_FLAG = 4;
const RESTART = 1;
const RESTART_MS = 5000;
const DAY_S = 86_400;
const STOP = 1;
const STOPPED = 1;
const NO_SUCH_SERVICE = 1060;
const STOP_MS = 10_000;
const LOOK_MS = 100;

export interface ServiceEntry {
  readonly name: string;
  readonly shown: string;
  readonly description: string;
  /** A command line, in Windows' quotes. */
  readonly command: string;
}

/** Starts with the system, and again five seconds after a failure. @throws OsError */
export function createService({ name, shown, description, command }: ServiceEntry): void {
  const { create, configure } = manager();
  withManager((handle) => {
    const made = create(handle, name, shown, ALL_OF_SERVICE, OWN_PROCESS, AUTOMATIC, NORMAL_ERRORS, command, null, null, null, null, null);
    withHandle(checked(made, "CreateService"), (service) => {
      const koffi = native();
      const text = Buffer.from(`${description}\0`, "utf16le");
      const memory = koffi.alloc("uint8_t", 64 + text.length) as unknown as bigint;
      const view = koffi.view(memory, 64 + text.length);
      new Uint8Array(view).fill(0).set(text, 64);
      // the text; then how often for how long, no message, no command, three actions that stand behind; then the flag
      const words = new DataView(view);
      words.setBigUint64(0, memory + 64n, true);
      try {
        checked(configure(service, DESCRIPTION, memory), "ChangeServiceConfig2");
        words.setUint32(0, DAY_S, true);
        words.setUint32(4, 0, true);
        words.setUint32(24, 1, true);
        words.setBigUint64(32, memory + 40n, true);
        words.setUint32(40, RESTART, true);
        words.setUint32(44, RESTART_MS, true);
        checked(configure(service, FAILURE_ACTIONS, memory), "ChangeServiceConfig2");
        words.setUint32(48, 1, true);
        // Without this only a crash counts. Wine has no such thing.
        configure(service, FAILURE_FLAG, memory + 48n);
      } finally {
        koffi.free(memory);
      }
    });
  });
}

/** @throws OsError */
export function startService(name: string): void {
  withService(name, (service) => checked(manager().start(service, 0, null), "StartService"));
}

/** Stops it if it runs, and removes it. @returns false if there is none of this name. @throws OsError */
export async function deleteService(name: string): Promise<boolean> {
  const status = new Uint32Array(7);
  const bytes = new Uint8Array(status.buffer);
  try {
    withService(name, (service) => manager().control(service, STOP, bytes));
    for (let waitedMs = 0; waitedMs < STOP_MS; waitedMs += LOOK_MS) {
      withService(name, (service) => checked(manager().query(service, bytes), "QueryServiceStatus"));
      if (status[1] === STOPPED) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    withService(name, (service) => checked(manager().delete(service), "DeleteService"));
    return true;
  } catch (error) {
    if (error instanceof Error && "errno" in error && error.errno === NO_SUCH_SERVICE) return false;
    throw error;
  }
}

function withService(name: string, use: (service: Handle) => void): void {
  withManager((handle) => {
    const service = manager().openService(handle, name, ALL_OF_SERVICE);
    if (service === 0) throw windowsError(lastError(), "OpenService");
    withHandle(service, use);
  });
}

function withManager(use: (handle: Handle) => void): void {
  lastError(); // loads what tells it
  withHandle(checked(manager().open(null, null, ALL_OF_MANAGER), "OpenSCManager"), use);
}

function withHandle(handle: Handle, use: (handle: Handle) => void): void {
  try {
    use(handle);
  } finally {
    manager().close(handle);
  }
}
