/** Services, as Windows' service manager has them: entered, changed, started, stopped, taken away. */
import { native } from "../native.ts";
import { OsError } from "../ports.ts";
import { windowsError } from "./errors.ts";
import { checked, declared, lastError, textAt } from "./library.ts";
import { AUTOMATIC, descriptionBlock, failureBlock, failureFlagBlock, type ServiceSettings, settingsOf } from "./service-settings.ts";

type Handle = number;
type Text = string | null;

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
    ...groupTagNeedsAccountPassword: [null, null, null, null, null]
  ) => Handle,
  change: func(
    "int __stdcall ChangeServiceConfigW(intptr_t, uint32, uint32, uint32, const char16_t *, void *, void *, void *, void *, void *, const char16_t *)",
  ) as (
    service: Handle,
    type: number,
    start: number,
    errors: number,
    command: Text,
    ...groupTagNeedsAccountPasswordShown: [null, null, null, null, null, Text]
  ) => number,
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
  settings: func("int __stdcall QueryServiceConfigW(intptr_t, void *, uint32, void *)") as (
    service: Handle,
    into: Uint8Array,
    size: number,
    needed: Uint8Array,
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

const CONNECT = 0x1;
const ALL_OF_MANAGER = 0xf003f;
const READ_SERVICE = 0x1 | 0x4;
const ALL_OF_SERVICE = 0xf01ff;
const OWN_PROCESS = 0x10;
const NORMAL_ERRORS = 1;
const UNCHANGED = 0xffffffff;
/** The most that it says of a service. */
const SETTINGS_BYTES = 8192;
const DESCRIPTION = 1;
const FAILURE_ACTIONS = 2;
const FAILURE_FLAG = 4;
const STOP = 1;
const STOPPED = 1;
const START_PENDING = 2;
const STOP_PENDING = 3;
const NO_SUCH_SERVICE = 1060;
const NOT_ACTIVE = 1062;
const PATIENCE_MS = 30_000;
const LOOK_MS = 100;

export interface ServiceEntry {
  readonly name: string;
  readonly shown: string;
  readonly description: string;
  /** A command line, in Windows' quotes. */
  readonly command: string;
}

export interface ServiceNow extends ServiceSettings {
  readonly runs: boolean;
  /** With which it ended, if it doesn't run. */
  readonly status: number;
}

/** Whoever may ask may do all the rest. @throws OsError where this user may not change services. */
export function checkMayManage(): void {
  withManager(() => undefined, ALL_OF_MANAGER);
}

/** @returns undefined if there is none of this name. @throws OsError */
export function findService(name: string): ServiceNow | undefined {
  return unlessMissing(() =>
    withService(
      name,
      (service) => {
        const settings = new Uint8Array(SETTINGS_BYTES);
        checked(manager().settings(service, settings, settings.length, new Uint8Array(4)), "QueryServiceConfig");
        const { state, status } = stateOf(service);
        return { ...settingsOf(settings, textAt), runs: state !== STOPPED, status };
      },
      READ_SERVICE,
    ),
  );
}

/** Starts with the system, and again after a failure. @throws OsError */
export function createService({ name, shown, description, command }: ServiceEntry): void {
  const { create } = manager();
  withManager((handle) => {
    const made = create(handle, name, shown, ALL_OF_SERVICE, OWN_PROCESS, AUTOMATIC, NORMAL_ERRORS, command, null, null, null, null, null);
    withHandle(checked(made, "CreateService"), (service) => describe(service, description));
  });
}

/** Makes one that is there what createService would have made. @throws OsError */
export function changeService({ name, shown, description, command }: ServiceEntry): void {
  withService(name, (service) => {
    const changed = manager().change(service, OWN_PROCESS, AUTOMATIC, NORMAL_ERRORS, command, null, null, null, null, null, shown);
    checked(changed, "ChangeServiceConfig");
    describe(service, description);
  });
}

/** @param start as in ServiceSettings. @throws OsError */
export function setStart(name: string, start: number): void {
  withService(name, (service) => {
    const changed = manager().change(service, UNCHANGED, start, UNCHANGED, null, null, null, null, null, null, null);
    checked(changed, "ChangeServiceConfig");
  });
}

/** @returns when it runs, or has ended again: findService tells. @throws OsError */
export async function startService(name: string): Promise<void> {
  withService(name, (service) => checked(manager().start(service, 0, null), "StartService"));
  await settled(name);
}

/** @returns when it has ended; at once if it doesn't run. @throws OsError */
export async function stopService(name: string): Promise<void> {
  await settled(name); // one that is starting can't be told
  withService(name, (service) => {
    if (manager().control(service, STOP, new Uint8Array(28)) !== 0) return;
    const error = lastError();
    if (error !== NOT_ACTIVE) throw windowsError(error, "ControlService");
  });
  await settled(name);
}

/** Stops it if it runs, and removes it. @returns false if there is none of this name. @throws OsError */
export async function deleteService(name: string): Promise<boolean> {
  if (findService(name) === undefined) return false;
  await stopService(name);
  withService(name, (service) => checked(manager().delete(service), "DeleteService"));
  return true;
}

async function settled(name: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_MS) {
    const state = withService(name, (service) => stateOf(service).state, READ_SERVICE);
    if (state !== START_PENDING && state !== STOP_PENDING) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function stateOf(service: Handle): { readonly state: number; readonly status: number } {
  const values = new Uint32Array(7);
  checked(manager().query(service, new Uint8Array(values.buffer)), "QueryServiceStatus");
  const [, state = STOPPED, , status = 0, own = 0] = values;
  return { state, status: own || status };
}

function describe(service: Handle, text: string): void {
  const { configure } = manager();
  withBlock(
    (address) => descriptionBlock(text, address),
    (at) => checked(configure(service, DESCRIPTION, at), "ChangeServiceConfig2"),
  );
  withBlock(failureBlock, (at) => checked(configure(service, FAILURE_ACTIONS, at), "ChangeServiceConfig2"));
  // Wine has no such thing.
  withBlock(failureFlagBlock, (at) => configure(service, FAILURE_FLAG, at));
}

/** Bytes that point to themselves need a place of their own. */
function withBlock(make: (address: bigint) => Uint8Array, use: (address: bigint) => unknown): void {
  const koffi = native();
  const { length } = make(0n);
  const address = koffi.alloc("uint8_t", length) as unknown as bigint;
  try {
    new Uint8Array(koffi.view(address, length)).set(make(address));
    use(address);
  } finally {
    koffi.free(address);
  }
}

function unlessMissing<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof OsError && error.errno === NO_SUCH_SERVICE) return undefined;
    throw error;
  }
}

function withService<T>(name: string, use: (service: Handle) => T, access = ALL_OF_SERVICE): T {
  return withManager(
    (handle) => withHandle(checked(manager().openService(handle, name, access), "OpenService"), use),
    access === READ_SERVICE ? CONNECT : ALL_OF_MANAGER,
  );
}

function withManager<T>(use: (handle: Handle) => T, access = ALL_OF_MANAGER): T {
  return withHandle(checked(manager().open(null, null, access), "OpenSCManager"), use);
}

function withHandle<T>(handle: Handle, use: (handle: Handle) => T): T {
  try {
    return use(handle);
  } finally {
    manager().close(handle);
  }
}
