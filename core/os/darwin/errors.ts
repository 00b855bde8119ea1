/** macOS' error numbers and its texts for them. */
import { OsError } from "../ports.ts";

const TABLE: Readonly<Record<string, readonly [errno: number, text: string]>> = {
  EPERM: [1, "Operation not permitted"],
  ENOENT: [2, "No such file or directory"],
  ESRCH: [3, "No such process"],
  EINTR: [4, "Interrupted system call"],
  EIO: [5, "Input/output error"],
  ENXIO: [6, "Device not configured"],
  E2BIG: [7, "Argument list too long"],
  ENOEXEC: [8, "Exec format error"],
  EBADF: [9, "Bad file descriptor"],
  ECHILD: [10, "No child processes"],
  EDEADLK: [11, "Resource deadlock avoided"],
  ENOMEM: [12, "Cannot allocate memory"],
  EACCES: [13, "Permission denied"],
  EFAULT: [14, "Bad address"],
  ENOTBLK: [15, "Block device required"],
  EBUSY: [16, "Resource busy"],
  EEXIST: [17, "File exists"],
  EXDEV: [18, "Cross-device link"],
  ENODEV: [19, "Operation not supported by device"],
  ENOTDIR: [20, "Not a directory"],
  EISDIR: [21, "Is a directory"],
  EINVAL: [22, "Invalid argument"],
  ENFILE: [23, "Too many open files in system"],
  EMFILE: [24, "Too many open files"],
  ENOTTY: [25, "Inappropriate ioctl for device"],
  ETXTBSY: [26, "Text file busy"],
  EFBIG: [27, "File too large"],
  ENOSPC: [28, "No space left on device"],
  ESPIPE: [29, "Illegal seek"],
  EROFS: [30, "Read-only file system"],
  EMLINK: [31, "Too many links"],
  EPIPE: [32, "Broken pipe"],
  EDOM: [33, "Numerical argument out of domain"],
  ERANGE: [34, "Result too large"],
  EAGAIN: [35, "Resource temporarily unavailable"],
  EINPROGRESS: [36, "Operation now in progress"],
  ENOTSOCK: [38, "Socket operation on non-socket"],
  ENOTSUP: [45, "Operation not supported"],
  EADDRINUSE: [48, "Address already in use"],
  EADDRNOTAVAIL: [49, "Can't assign requested address"],
  ECONNRESET: [54, "Connection reset by peer"],
  ENOBUFS: [55, "No buffer space available"],
  ENOTCONN: [57, "Socket is not connected"],
  ETIMEDOUT: [60, "Operation timed out"],
  ECONNREFUSED: [61, "Connection refused"],
  ELOOP: [62, "Too many levels of symbolic links"],
  ENAMETOOLONG: [63, "File name too long"],
  ENOTEMPTY: [66, "Directory not empty"],
  EDQUOT: [69, "Disc quota exceeded"],
  ESTALE: [70, "Stale NFS file handle"],
  ENOLCK: [77, "No locks available"],
  ENOSYS: [78, "Function not implemented"],
  EOVERFLOW: [84, "Value too large to be stored in data type"],
  ECANCELED: [89, "Operation canceled"],
  EILSEQ: [92, "Illegal byte sequence"],
};

const ALIASES: Readonly<Record<string, string>> = { EWOULDBLOCK: "EAGAIN", EOPNOTSUPP: "ENOTSUP" };

/**
 * @param failure a positive errno of macOS, or what node threw or passed to a callback.
 * @param call the system call's name.
 */
export function macError(failure: unknown, call: string): OsError {
  if (failure instanceof OsError) return failure;
  if (typeof failure === "number") {
    const [name, entry] = Object.entries(TABLE).find(([, [number]]) => number === failure) ?? [];
    return name === undefined || entry === undefined
      ? new OsError(`E${failure}`, failure, `Unknown error: ${failure}`, call)
      : new OsError(name, failure, entry[1], call);
  }
  const { code } = failure as { code?: unknown };
  const known = typeof code === "string" ? (ALIASES[code] ?? code) : "";
  // Node refuses some things itself, before any system call: EINVAL is what C would make of them.
  const name = Object.hasOwn(TABLE, known) ? known : "EINVAL";
  const [number, text] = TABLE[name] ?? [0, ""];
  return new OsError(name, number, text, call);
}
