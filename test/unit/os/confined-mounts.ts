/** Opens what is mounted twice, mounted over and unmounted, and prints what came out: `confined-mounts.ts BASE`, in a mount namespace of its own. */
import { execFileSync } from "node:child_process";
import { constants, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outcome } from "./confined-world.ts";

const [, , base = ""] = process.argv;
if (!base.startsWith("/tmp/lodger-confined-")) throw new Error("not a directory of this test");
const at = (path: string) => join(base, path);
const confinement = { inside: [at("allowed")] };
const read = (path: string) => outcome(path, constants.O_RDONLY, confinement);

execFileSync("mount", ["--bind", at("secret"), at("allowed/empty")]);
const mountedInside = await read(at("allowed/empty/secret"));
execFileSync("umount", [at("allowed/empty")]);

execFileSync("mount", ["--bind", at("allowed"), at("secret/sub")]);
const allowedElsewhere = await read(at("secret/sub/in"));
execFileSync("umount", [at("secret/sub")]);

// The working directory lies under what is mounted later: its path leads elsewhere now.
process.chdir(at("allowed/sub"));
execFileSync("mount", ["-t", "tmpfs", "none", at("allowed/sub")]);
const mountedOver = await read("in");
process.chdir("/");
execFileSync("umount", [at("allowed/sub")]);

// A file system without a place: the kernel names its files as if it were the root.
execFileSync("mount", ["-t", "tmpfs", "none", at("secret/sub")]);
mkdirSync(at(`secret/sub${base}/allowed`), { recursive: true });
writeFileSync(at(`secret/sub${base}/allowed/in`), "secret");
process.chdir(at("secret/sub"));
execFileSync("umount", ["--lazy", at("secret/sub")]);
const lostFileSystem = await read(`.${base}/allowed/in`);
process.chdir("/");

execFileSync("mount", ["-t", "proc", "none", at("allowed/empty")]);
const procInside = await read(at("allowed/empty/self/status"));
execFileSync("umount", [at("allowed/empty")]);

console.log(JSON.stringify({ mountedInside, allowedElsewhere, mountedOver, lostFileSystem, procInside }));
