/**
 * `npm start`: makes the bundle and runs it, with the arguments that are given. Without any, the agent listens on a unix socket in a
 * private folder, for a first look.
 */
import { chmod, mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { bundle } from "./bundle.ts";
import { root } from "./paths.ts";

const { file } = await bundle();
const given = process.argv.slice(2);
const args = given.length > 0 ? given : await forAFirstLook();
// The agent takes this process over: signals and its exit status go where they belong.
process.execve?.(process.execPath, [process.execPath, file, ...args], { ...process.env });

async function forAFirstLook(): Promise<readonly string[]> {
  // Relative, because a socket's path has to fit into 107 bytes; npm runs this in the project's folder.
  const folder = relative(process.cwd(), join(root, ".cache/start"));
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  const socket = join(folder, "lodger.sock");
  console.log(`lodger listens on ${socket} until Ctrl-C. From another terminal, here:`);
  console.log(`  node_modules/.bin/node ${relative(process.cwd(), file)} call ${socket} guest-network-get-interfaces --pretty`);
  return ["-m", "unix-listen", "-p", socket, "-t", folder];
}
