/** What a Windows is called, by its numbers. */
import type { Distribution } from "../system-information.ts";

export interface WindowsVersion {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  readonly isServer: boolean;
}

/** From which build on a server has which name; the newest first. */
const SERVERS: readonly (readonly [major: number, minor: number, build: number, name: string])[] = [
  [10, 0, 26040, "2025"],
  [10, 0, 20344, "2022"],
  [10, 0, 17134, "2019"],
  [10, 0, 0, "2016"],
  [6, 3, 0, "2012 R2"],
  [6, 2, 0, "2012"],
  [6, 1, 0, "2008 R2"],
  [6, 0, 0, "2008"],
];

const CLIENTS: typeof SERVERS = [
  [10, 0, 22000, "11"],
  [10, 0, 0, "10"],
  [6, 3, 0, "8.1"],
  [6, 2, 0, "8"],
  [6, 1, 0, "7"],
  [6, 0, 0, "Vista"],
];

/** @param productName as the registry has it, which says 10 on Windows 11, too. */
export function distributionOf(version: WindowsVersion, productName: string | undefined): Distribution {
  const { major, minor, build, isServer } = version;
  const names = isServer ? SERVERS : CLIENTS;
  const found = names.find(([a, b, from]) => major === a && minor === b && build >= from)?.[3];
  const known = found ?? `${major}.${minor}`;
  const full = `Microsoft Windows ${isServer ? "Server " : ""}${known}`;
  const variant = isServer ? "server" : "client";
  return {
    id: "mswindows",
    name: "Microsoft Windows",
    "pretty-name": productName === undefined ? full : known === "11" ? productName.replace("Windows 10", "Windows 11") : productName,
    version: full,
    "version-id": known.toLowerCase().replace(" ", ""),
    variant,
    "variant-id": variant,
  };
}
