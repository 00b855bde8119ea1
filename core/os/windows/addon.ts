/**
 * Loads a native module that is packed into the executable, on Windows: from a file that stays, for what is loaded can't be removed there.
 * It lies where nobody may write but who may change the program, too: beside the program, or in the system's own folder for such things.
 * A folder that others may put libraries into would let them choose what the module's own libraries are.
 */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { win32 } from "node:path";

type Loaded = { exports: unknown };

/** @throws Error that names each place and what was wrong there. */
export function loadBesideProgram(code: Uint8Array, name: string): Loaded {
  const refused: string[] = [];
  for (const place of places()) {
    try {
      return dlopen(fileIn(place, code, name));
    } catch (error) {
      refused.push(`${place}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(`native calls are not available: no place to load ${name} from (${refused.join("; ")})`);
}

/** The temporary folder of a user is that user's; the system's is everybody's. */
function places(): string[] {
  const system = process.env.SystemRoot || "C:\\Windows";
  const temporary = process.getBuiltinModule("node:os").tmpdir();
  const isOwn = !temporary.toLowerCase().startsWith(system.toLowerCase());
  return [win32.dirname(process.execPath), win32.join(system, "SystemTemp"), ...(isOwn ? [temporary] : [])];
}

/** Named by what is in it: another version of the agent has another file. */
function fileIn(place: string, code: Uint8Array, name: string): string {
  // Not imported: every start, on every system, would load it.
  const { createHash } = process.getBuiltinModule("node:crypto");
  const folder = win32.join(place, `lodger-${createHash("sha256").update(code).digest("hex").slice(0, 16)}`);
  const file = win32.join(folder, name);
  if (holds(file, code)) return file;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const beside = `${file}.${process.pid}`;
  const fd = openSync(beside, "wx", 0o700);
  try {
    for (let at = 0; at < code.length; ) at += writeSync(fd, code, at);
  } finally {
    closeSync(fd);
  }
  try {
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    // Another agent was faster, and has it loaded.
    if (!holds(file, code)) throw error;
  }
  return file;
}

function holds(file: string, code: Uint8Array): boolean {
  try {
    return readFileSync(file).equals(code);
  } catch {
    return false; // there is none yet
  }
}

function dlopen(file: string): Loaded {
  const module: Loaded = { exports: {} };
  process.dlopen(module, file);
  return module;
}
