/** A service manager that runs, in namespaces of its own over a copy-on-write view of this machine: its init never hears of it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { run } from "./process.ts";
import { cacheFolder, makeWorkFolder } from "./work-folder.ts";

/** Unpacked and not installed: OpenRC's would bend this machine's own services. */
const PACKAGES = ["openrc", "librc1", "libeinfo1", "runit"];

/** The folder of Debian's packages, laid out for a system whose /sbin is in /usr: from the cache, or fetched. */
async function managers(): Promise<string> {
  const folder = path.join(cacheFolder(), "service-managers-1");
  if (existsSync(folder)) return folder;
  const work = await makeWorkFolder();
  await run("sh", [
    "-ec",
    `cd '${work}' && apt-get download -qq ${PACKAGES.join(" ")} && mkdir root && for deb in *.deb; do dpkg-deb -x $deb root; done`,
  ]);
  const root = path.join(work, "root");
  for (const name of ["bin", "sbin", "lib"]) {
    await fs.cp(path.join(root, name), path.join(root, "usr", name), { recursive: true, verbatimSymlinks: true });
    await fs.rm(path.join(root, name), { recursive: true });
  }
  await fs.rename(root, folder).catch((error: unknown) => {
    // another process may have fetched them in the meantime
    if (!existsSync(folder)) throw error;
  });
  await fs.rm(work, { recursive: true });
  return folder;
}

/** `$1`: the service managers; `$2`: the executable. An overlay takes no layers that lie in one another. Then one command a line. */
const SETUP = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
cp -a "$1" /mnt/managers
mount -t overlay overlay -o lowerdir=/mnt/managers:/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
cd /mnt/root
mount -t proc proc proc
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount --rbind /dev dev
mkdir run/changes
mount --bind /mnt/upper run/changes
cp "$2" run/download
set +e
while read -r line; do
  chroot . sh -c "$line" </dev/null 2>&1
  echo "
ended $?"
done
`;

export interface ServiceRoom {
  /** Runs a line of shell commands. @throws Error with what they said, if the last one fails. */
  out(line: string): Promise<string>;
  /** Ends everything in it. */
  close(): Promise<void>;
}

/** @param executable is there as /run/download; /run/changes has what was changed, so nobody else's doings are in it. */
export async function openServiceRoom(executable: string): Promise<ServiceRoom> {
  const args = ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", SETUP, "sh", await managers(), executable];
  const child = spawn("unshare", args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
  });
  const exited = once(child, "exit");
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async out(line) {
      child.stdin.write(`${line}\n`);
      const said: string[] = [];
      for (;;) {
        const { value, done } = await answers.next();
        if (done) throw new Error(`${line}: the room is gone\n${said.join("\n")}`);
        const [, status] = /^ended (\d+)$/.exec(value) ?? [];
        if (status === "0") return said.join("\n").trim();
        if (status !== undefined) throw new Error(`${line}: status ${status}\n${said.join("\n")}`);
        said.push(value);
      }
    },
    async close() {
      child.stdin.end();
      child.kill("SIGKILL");
      await exited;
    },
  };
}
