/**
 * The program as a service: Windows' service manager starts it, asks how it is and tells it to stop. The calls that wait for the manager are
 * on a thread; the manager's calls come to the agent's loop, which answers them between its own work.
 */
import { native } from "../native.ts";
import { checked, declared, lastError, type ThreadedFunction } from "./library.ts";

const control = declared("advapi32.dll", (func) => ({
  dispatch: func("int __stdcall StartServiceCtrlDispatcherW(void *)") as ThreadedFunction<[bigint], number>,
  register: func("intptr_t __stdcall RegisterServiceCtrlHandlerExW(const char16_t *, void *, void *)") as (
    name: string,
    handler: bigint,
    context: null,
  ) => number,
  setStatus: func("int __stdcall SetServiceStatus(intptr_t, void *)") as (service: number, status: Uint8Array) => number,
}));

const OWN_PROCESS = 0x10;
const STOPPED = 1;
const START_PENDING = 2;
const STOP_PENDING = 3;
const RUNNING = 4;
const ACCEPTS_STOP_AND_SHUTDOWN = 1 | 4;
const CONTROL_STOP = 1;
const CONTROL_INTERROGATE = 4;
const CONTROL_SHUTDOWN = 5;
const NOT_IMPLEMENTED = 120;
const SERVICE_SPECIFIC = 1066;
const PATIENCE_MS = 30_000;

/** The agent's side of a service that the manager has started. */
export class RunningService {
  readonly #handle: number;
  readonly #ended: Promise<void>;
  #state = START_PENDING;

  constructor(handle: number, ended: Promise<void>) {
    this.#handle = handle;
    this.#ended = ended;
    this.#tell(START_PENDING);
  }

  running(): void {
    if (this.#state === START_PENDING) this.#tell(RUNNING);
  }

  stopping(): void {
    if (this.#state !== STOPPED) this.#tell(STOP_PENDING);
  }

  /** Says how again what the manager knows already. */
  repeat(): void {
    this.#tell(this.#state);
  }

  /** @param status other than 0 is a failure, after which the manager starts it again. @returns when the manager has let go of this process. */
  stopped(status: number): Promise<void> {
    if (this.#state !== STOPPED) this.#tell(STOPPED, status);
    return this.#ended;
  }

  #tell(state: number, status = 0): void {
    this.#state = state;
    const accepted = state === RUNNING ? ACCEPTS_STOP_AND_SHUTDOWN : 0;
    const waitMs = state === START_PENDING || state === STOP_PENDING ? PATIENCE_MS : 0;
    const values = new Uint32Array([OWN_PROCESS, state, accepted, status === 0 ? 0 : SERVICE_SPECIFIC, status, 0, waitMs]);
    control().setStatus(this.#handle, new Uint8Array(values.buffer));
  }
}

/**
 * Tells the manager that this process is the service that it has started.
 * @param stop is called when the service is to end.
 * @returns undefined if no service manager has started this process.
 */
export async function becomeService(name: string, stop: () => void): Promise<RunningService | undefined> {
  const koffi = native();
  // Never given back: the manager may call until the process ends.
  const main = koffi.proto("void __stdcall LodgerServiceMain(uint32 count, void *words)");
  const handler = koffi.proto("uint32 __stdcall LodgerServiceHandler(uint32 control, uint32 event, void *data, void *context)");
  return new Promise((resolve, reject) => {
    let service: RunningService | undefined;
    const handle = koffi.register((asked: number) => {
      if (asked === CONTROL_INTERROGATE) service?.repeat();
      else if (asked === CONTROL_STOP || asked === CONTROL_SHUTDOWN) {
        service?.stopping();
        setImmediate(stop);
      } else return NOT_IMPLEMENTED;
      return 0;
    }, koffi.pointer(handler)) as unknown as bigint;
    let ended = () => {};
    const end = new Promise<void>((done) => {
      ended = done;
    });
    const started = koffi.register(() => {
      try {
        lastError();
        service = new RunningService(checked(control().register(name, handle, null), "RegisterServiceCtrlHandlerEx"), end);
        resolve(service);
      } catch (error) {
        reject(error);
      }
    }, koffi.pointer(main)) as unknown as bigint;
    control().dispatch.async(table(name, started), () => {
      ended();
      resolve(undefined);
    });
  });
}

/** One entry of name and function, and an empty one. */
function table(name: string, main: bigint): bigint {
  const koffi = native();
  const text = Buffer.from(`${name}\0`, "utf16le");
  const bytes = 32 + text.length;
  const memory = koffi.alloc("uint8_t", bytes) as unknown as bigint;
  const view = koffi.view(memory, bytes);
  new Uint8Array(view).fill(0).set(text, 32);
  new BigUint64Array(view, 0, 2).set([memory + 32n, main]);
  return memory;
}
