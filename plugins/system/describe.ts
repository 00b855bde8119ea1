/** Kernel and distribution as the wire has them. */
import { type Distribution, type Files, type Log, OsError, type SystemInformation } from "../../core/plugin.ts";
import { parseOsRelease } from "./os-release.ts";

const PLACES = ["/etc/os-release", "/usr/lib/os-release"];

/** Members of the answer by their names in os-release(5). */
const MEMBERS = {
  ID: "id",
  NAME: "name",
  PRETTY_NAME: "pretty-name",
  VERSION: "version",
  VERSION_ID: "version-id",
  VARIANT: "variant",
  VARIANT_ID: "variant-id",
} as const;

type Member = "kernel-release" | "kernel-version" | "machine" | (typeof MEMBERS)[keyof typeof MEMBERS];

/** guest-get-osinfo: the kernel is worth telling without a distribution, too. */
export async function describeSystem(system: SystemInformation, files: Files, log: Log): Promise<Partial<Record<Member, string>>> {
  const { release, version, machine } = system.kernel();
  const described: Partial<Record<Member, string>> = { "kernel-release": release, "kernel-version": version, machine };
  if (system.distribution) return { ...described, ...(await ownDistribution(system, log)) };
  const distribution = parseOsRelease(await readOsRelease(files, log));
  for (const [key, member] of Object.entries(MEMBERS)) {
    const value = distribution.get(key);
    if (value !== undefined) described[member] = value;
  }
  return described;
}

async function ownDistribution(system: SystemInformation, log: Log): Promise<Distribution | undefined> {
  try {
    return await system.distribution?.();
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    log.warning(`guest-get-osinfo: the system doesn't tell what it is called: ${error.message}`);
    return undefined;
  }
}

/** @returns the first file that can be read; nothing if none can. Who names one by QGA_OS_RELEASE means that one only. */
async function readOsRelease(files: Files, log: Log): Promise<string> {
  const named = process.env.QGA_OS_RELEASE;
  const refused: string[] = [];
  for (const path of named === undefined ? PLACES : [named]) {
    try {
      return await files.readText(path);
    } catch (error) {
      if (!(error instanceof OsError)) throw error;
      refused.push(`${path} (${error.message})`);
    }
  }
  log.warning(`guest-get-osinfo: the distribution is unknown, because no os-release can be read: ${refused.join(", ")}`);
  return "";
}
