/** Windows' error numbers and its texts for them, which are what clients know from qemu-ga there. */
import { OsError } from "../ports.ts";
import { formatMessage } from "./format-message.ts";

/** What Node and libuv call a failure: the number that it stands for most of the time. */
const NUMBERS: Readonly<Record<string, number>> = {
  E2BIG: 206,
  EACCES: 5,
  EADDRINUSE: 10048,
  EADDRNOTAVAIL: 10049,
  EAGAIN: 170,
  EBADF: 6,
  EBUSY: 32,
  ECANCELED: 995,
  ECONNREFUSED: 10061,
  ECONNRESET: 10054,
  EEXIST: 80,
  EFBIG: 223,
  EFTYPE: 193,
  EINVAL: 87,
  EIO: 1117,
  EISDIR: 5,
  ELOOP: 1921,
  EMFILE: 4,
  ENAMETOOLONG: 206,
  ENODEV: 20,
  ENOENT: 2,
  ENOEXEC: 193,
  ENOMEM: 8,
  ENOSPC: 112,
  ENOSYS: 120,
  ENOTDIR: 267,
  ENOTEMPTY: 145,
  ENOTSUP: 50,
  ENXIO: 20,
  EPERM: 5,
  EPIPE: 109,
  EROFS: 19,
  ESPIPE: 25,
  ESRCH: 1168,
  ETIMEDOUT: 1460,
  EXDEV: 17,
};

/** In English, as most systems have them; a system in another language tells its own for what isn't here. */
const TEXTS: ReadonlyMap<number, string> = new Map([
  [1, "Incorrect function."],
  [2, "The system cannot find the file specified."],
  [3, "The system cannot find the path specified."],
  [4, "The system cannot open the file."],
  [5, "Access is denied."],
  [6, "The handle is invalid."],
  [8, "Not enough memory resources are available to process this command."],
  [17, "The system cannot move the file to a different disk drive."],
  [19, "The media is write protected."],
  [20, "The system cannot find the device specified."],
  [25, "The drive cannot locate a specific area or track on the disk."],
  [32, "The process cannot access the file because it is being used by another process."],
  [50, "The request is not supported."],
  [80, "The file exists."],
  [87, "The parameter is incorrect."],
  [109, "The pipe has been ended."],
  [112, "There is not enough space on the disk."],
  [120, "This function is not supported on this system."],
  [123, "The filename, directory name, or volume label syntax is incorrect."],
  [145, "The directory is not empty."],
  [170, "The requested resource is in use."],
  [193, "%1 is not a valid Win32 application."],
  [206, "The filename or extension is too long."],
  [223, "The file size exceeds the limit allowed and cannot be saved."],
  [267, "The directory name is invalid."],
  [995, "The I/O operation has been aborted because of either a thread exit or an application request."],
  [1117, "The request could not be performed because of an I/O device error."],
  [1168, "Element not found."],
  [1314, "A required privilege is not held by the client."],
  [1460, "This operation returned because the timeout period expired."],
  [1921, "The name of the file cannot be resolved by the system."],
  [2221, "The user name could not be found."],
  [
    2245,
    "The password does not meet the password policy requirements. Check the minimum password length, password complexity and password history requirements.",
  ],
]);

/** The names by which the agent's own code asks what has failed. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [3, "ENOENT"],
  [183, "EEXIST"],
  ...Object.entries(NUMBERS).map(([name, number]) => [number, name] as const),
  [2, "ENOENT"],
  [5, "EACCES"],
  [120, "ENOSYS"],
]);

/**
 * @param failure an error number of Windows', or what node threw or passed to a callback.
 * @param call the call's name.
 */
export function windowsError(failure: unknown, call: string): OsError {
  if (failure instanceof OsError) return failure;
  if (typeof failure === "number") return new OsError(NAMES.get(failure) ?? `E${failure}`, failure, textOf(failure), call);
  const { code } = failure as { code?: unknown };
  // Node refuses some things itself, before any call (a path with a NUL character): that is a wrong parameter.
  const name = typeof code === "string" && code in NUMBERS ? code : "EINVAL";
  const number = NUMBERS[name] ?? 0;
  return new OsError(name, number, textOf(number), call);
}

function textOf(number: number): string {
  return TEXTS.get(number) ?? formatMessage(number) ?? `Windows error ${number}`;
}
