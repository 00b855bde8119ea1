/** Opening a file that has to be in certain folders, whatever links lead to it and whoever swaps them meanwhile. */
import type { Confinement } from "../ports.ts";
import { osError } from "./errno.ts";

export async function openConfined(_path: string, _flags: number, _mode: number, _confinement: Confinement): Promise<number> {
  throw osError({ code: "EPERM" }, "open");
}

export async function resolvePath(_path: string): Promise<string> {
  throw osError({ code: "EPERM" }, "realpath");
}
