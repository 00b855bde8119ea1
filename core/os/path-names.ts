/** Absolute paths without links, as text: the same for who decides on a path and for who opens it. */

/** Whether a path is this folder, or in it, or below. */
export function isWithin(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}

/** The path of a name in a folder. */
export function joined(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}
