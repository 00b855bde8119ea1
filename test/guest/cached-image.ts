/** Images in the cache: built once for a recipe, the same for every checkout. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import path from "node:path";
import { cacheFolder, makeWorkFolder } from "./work-folder.ts";

export interface Recipe {
  /** What the folder's name begins with. */
  readonly name: string;
  /** All that decides what is built, beside the overlay. */
  readonly ingredients: object;
  /** A folder of files that go into the image. */
  readonly overlay: string;
  /** Leaves the image's files, and nothing else, in the folder. */
  build(folder: string): Promise<void>;
}

/** @returns the folder with the image of a recipe: from the cache, or built now. */
export async function cachedImage(recipe: Recipe, log: (line: string) => void): Promise<string> {
  const folder = path.join(cacheFolder(), `${recipe.name}-${await keyOf(recipe)}`);
  if (!existsSync(folder)) {
    log(`building the guest image in ${folder}`);
    const started = Date.now();
    await build(recipe, folder);
    log(`built in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  }
  return folder;
}

async function keyOf({ ingredients, overlay }: Recipe): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify(ingredients));
  for (const name of await overlayFiles(overlay)) {
    const content = await fs.readFile(path.join(overlay, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

async function overlayFiles(overlay: string): Promise<string[]> {
  const entries = await fs.readdir(overlay, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(overlay, path.join(entry.parentPath, entry.name)))
    .sort();
}

async function build(recipe: Recipe, folder: string): Promise<void> {
  // Built under another name and renamed when complete, so that an interrupted build is never taken for an image.
  const work = await makeWorkFolder();
  try {
    await recipe.build(work);
    await fs.rename(work, folder);
  } catch (error) {
    await fs.rm(work, { recursive: true, force: true });
    // another process may have built the same image in the meantime
    if (!existsSync(folder)) throw error;
  }
}

/** Copies the files of an overlay, with modes that do not depend on the checkout's. */
export async function stageFiles(overlay: string, target: string): Promise<void> {
  for (const name of await overlayFiles(overlay)) {
    const file = path.join(target, name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.copyFile(path.join(overlay, name), file);
    const executable = (await fs.readFile(file, "latin1")).startsWith("#!");
    await fs.chmod(file, executable ? 0o755 : 0o644);
  }
}
