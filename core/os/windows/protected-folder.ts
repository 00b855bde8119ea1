/** Folders that only administrators can change, and files that can't be removed before Windows starts again. */
import { native } from "../native.ts";
import { withDescriptor } from "./descriptor.ts";
import { checked, declared } from "./library.ts";

const kernel = declared("kernel32.dll", (func) => {
  native().struct("LodgerSecurityAttributes", { size: "uint32", descriptor: "void *", inherited: "int" });
  return {
    createDirectory: func("int __stdcall CreateDirectoryW(const char16_t *, LodgerSecurityAttributes *)") as (
      path: string,
      security: { readonly size: number; readonly descriptor: unknown; readonly inherited: number },
    ) => number,
    move: func("int __stdcall MoveFileExW(const char16_t *, const char16_t *, uint32)") as (
      path: string,
      to: null,
      flags: number,
    ) => number,
  };
});

const ATTRIBUTES_BYTES = 24;
const AT_NEXT_START = 4;

/** Whom a folder lets see what is in it. Whatever the folder above says, no one else changes it: that is not inherited. */
export const FOLDER_ACCESS = {
  administrators: "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)",
  everybody: "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)",
} as const;

export type FolderAccess = keyof typeof FOLDER_ACCESS;

/** With its access list from the first moment on. @throws OsError */
export function makeProtectedFolder(path: string, access: FolderAccess): void {
  withDescriptor(FOLDER_ACCESS[access], (descriptor) =>
    checked(kernel().createDirectory(path, { size: ATTRIBUTES_BYTES, descriptor, inherited: 0 }), "CreateDirectory"),
  );
}

/** A file that is in use, or a folder that is empty by then. @throws OsError */
export function removeAtNextStart(path: string): void {
  checked(kernel().move(path, null, AT_NEXT_START), "MoveFileEx");
}
