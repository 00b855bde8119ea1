/** Files as a case describes them, and what is left of them, as text that can be compared. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, lchown, lstat, mkdir, open, readFile, readlink, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { comparable } from "./answers.ts";

/** Longer content is compared by its hash. */
const LONG = 100_000;

const run = promisify(execFile);

export type Prepared = (
  | { readonly text: string }
  | { readonly size: number }
  | { readonly folder: true }
  | { readonly fifo: true }
  | { readonly link: string }
) & { readonly mode?: number /** Of user and group. */; readonly owner?: number };

/** By relative path; a text alone is a file's content. Folders on the way are made. */
export type Tree = Readonly<Record<string, Prepared | string>>;

export async function prepareAll(folder: string, tree: Tree): Promise<void> {
  for (const [name, content] of Object.entries(tree)) await prepare(join(folder, name), content);
}

/** A file that is there keeps its inode, since it may be mounted somewhere. */
export async function prepare(path: string, prepared: Prepared | string): Promise<void> {
  const content = typeof prepared === "string" ? { text: prepared } : prepared;
  await mkdir(dirname(path), { recursive: true });
  const old = await lstat(path).catch(() => undefined);
  if (!("text" in content) || (old && !old.isFile())) await rm(path, { recursive: true, force: true });
  if ("folder" in content) await mkdir(path);
  else if ("fifo" in content) await run("mkfifo", [path]);
  else if ("link" in content) await symlink(content.link, path);
  else if ("size" in content) await (await open(path, "w")).close().then(() => truncate(path, content.size));
  else await writeFile(path, content.text, "latin1");
  if (content.owner !== undefined) await lchown(path, content.owner, content.owner);
  if (content.mode !== undefined) await chmod(path, content.mode);
}

/**
 * @param first so many bytes of the content count, and the size doesn't: of files that stand for those of a kernel, which has its own idea
 * of writing at a place.
 * @returns a file as one line of JSON text, like an answer.
 */
export async function seen(path: string, name: string, first?: number): Promise<string> {
  try {
    const stat = await lstat(path);
    const kind = stat.isFile()
      ? "file"
      : stat.isDirectory()
        ? "folder"
        : stat.isFIFO()
          ? "fifo"
          : stat.isSymbolicLink()
            ? `link to ${await readlink(path)}`
            : "other";
    const whole = stat.isFile() ? await readFile(path) : Buffer.alloc(0);
    const bytes = whole.subarray(0, first);
    const content = bytes.length > LONG ? createHash("sha256").update(bytes).digest("hex") : bytes.toString("base64");
    const mode = (stat.mode & 0o7777).toString(8);
    return comparable(
      `{"name": "${name}", "kind": "${kind}", "mode": "${mode}", "owner": "${stat.uid}:${stat.gid}", "size": ${bytes.length}, "content": "${content}"}`,
    );
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    return `{"name": "${name}", "error": "${code}"}`;
  }
}
