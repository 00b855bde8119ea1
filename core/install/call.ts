/** The arguments of `lodger install` and `lodger uninstall`. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { StartError } from "../config/start-error.ts";
import { type Channel, SERVICES, type ServiceName } from "./plan.ts";

export interface InstallCall {
  readonly dryRun: boolean;
  readonly takeOver: boolean;
  readonly confine: boolean;
  readonly channel: Channel;
  /** Folder whose `sbin` gets the executable. */
  readonly prefix: string;
  readonly service: ServiceName | undefined;
  /** An image that is mounted here, or `/`. */
  readonly root: string;
}

export interface UninstallCall {
  readonly dryRun: boolean;
  readonly purge: boolean;
  readonly root: string;
}

const DEFAULT_METHOD = "virtio-serial";
/** Methods whose path is a device that may come and go. */
const DEVICES = new Set(["virtio-serial", "isa-serial"]);

/** @param defaultPaths the methods that there are. @throws StartError */
export function parseInstall(args: readonly string[], defaultPaths: ReadonlyMap<string, string | undefined>): InstallCall {
  const values = parsed("install", args, {
    "dry-run": { type: "boolean", default: false },
    "take-over": { type: "boolean", default: false },
    confine: { type: "boolean", default: false },
    method: { type: "string", short: "m" },
    path: { type: "string", short: "p" },
    prefix: { type: "string", default: "/usr/local" },
    service: { type: "string" },
    root: { type: "string", default: "/" },
  });
  const { service } = values;
  if (service !== undefined && !isService(service)) throw new StartError(`--service ${service}: this is one of ${SERVICES.join(", ")}`);
  if (!values.prefix.startsWith("/")) throw new StartError(`--prefix ${values.prefix}: this has to be an absolute path, as /usr/local`);
  return {
    dryRun: values["dry-run"],
    takeOver: values["take-over"],
    confine: values.confine,
    channel: channelOf(values.method, values.path, defaultPaths),
    prefix: resolve(values.prefix),
    service,
    root: resolve(values.root),
  };
}

/** @throws StartError */
export function parseUninstall(args: readonly string[]): UninstallCall {
  const values = parsed("uninstall", args, {
    "dry-run": { type: "boolean", default: false },
    purge: { type: "boolean", default: false },
    root: { type: "string", default: "/" },
  });
  return { dryRun: values["dry-run"], purge: values.purge, root: resolve(values.root) };
}

function channelOf(method: string | undefined, path: string | undefined, known: ReadonlyMap<string, string | undefined>): Channel {
  const name = method ?? DEFAULT_METHOD;
  if (!known.has(name)) throw new StartError(`--method ${name}: known are ${[...known.keys()].join(", ")}`);
  const place = path ?? known.get(name);
  if (place === undefined) throw new StartError(`--method ${name} needs a --path: see 'lodger --help'`);
  if (/\p{Cc}/u.test(place)) throw new StartError("--path has a control character in it: name another");
  const isDevice = DEVICES.has(name);
  if (isDevice && !place.startsWith("/dev/")) throw new StartError(`--path ${place}: this has to be a device below /dev`);
  return { method: name, path, device: isDevice ? place : undefined, isDefault: method === undefined && path === undefined };
}

function isService(name: string): name is ServiceName {
  return (SERVICES as readonly string[]).includes(name);
}

/** @throws StartError for what is none of the options. */
export function parsed<const T extends NonNullable<Parameters<typeof parseArgs>[0]>["options"]>(
  word: string,
  args: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new StartError(`lodger ${word}: ${(error as Error).message}; try 'lodger ${word} --help'`, { cause: error });
  }
}
