/**
 * Calls an interface of Node's that says of itself, on standard error, that it is experimental: for a daemon that is noise. The executable
 * leaves such lines out by a flag; the bundle on Node can't.
 */
export function quietly<T>(work: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, type?: unknown, ...rest: never[]) => {
    if (type !== "ExperimentalWarning") (emitWarning as (...all: unknown[]) => void).call(process, warning, type, ...rest);
  }) as typeof process.emitWarning;
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
