import { run } from "./process.ts";

/**
 * Makes a Debian root file system in a folder, with mmdebstrap.
 * @param options mmdebstrap's, beside those that tell where the packages come from.
 */
export async function bootstrap(suite: string, root: string, packages: readonly string[], options: readonly string[]): Promise<void> {
  await run("mmdebstrap", [
    "--format=directory",
    `--include=${packages.join(",")}`,
    '--aptopt=Apt::Install-Recommends "false"',
    ...(await hostAptOptions()).map((option) => `--aptopt=${option}`),
    ...options,
    suite,
    root,
    `deb ${await hostMirror()} ${suite} main`,
  ]);
}

/** The Debian mirror that this machine itself uses: the repository names none. */
async function hostMirror(): Promise<string> {
  const format = "$(ORIGIN) $(SUITE) $(REPO_URI)";
  const listing = await run("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
  for (const line of listing.split("\n")) {
    const [origin, archive, uri] = line.split(" ");
    if (origin === "Debian" && archive !== undefined && uri !== undefined && !/-(security|updates|backports)/.test(archive)) return uri;
  }
  throw new Error("apt-get indextargets lists no Debian archive on this machine: is it Debian, and has apt-get update run?");
}

/** Proxy and clock settings, without which apt may not reach that mirror. */
async function hostAptOptions(): Promise<string[]> {
  const dump = await run("apt-config", ["dump", "--format", '%F "%v";%n', "Acquire"]);
  return dump.split("\n").filter((line) => /^Acquire::(https?::Proxy|Check-Date|Check-Valid-Until)\b/.test(line));
}
