/** Every option of the agent, in the order of the help: qemu-ga's with its spellings, and ours. */
import { PLACES } from "../os/places.ts";
import { FREEZE_OPTIONS, type FreezeOptionName } from "./freeze-options.ts";

export interface Option {
  /** Long name, without dashes. */
  readonly name: OptionName;
  /** qemu-ga has none of this name: it takes no abbreviation away from one that it has. */
  readonly ours?: true;
  /** Earlier long names, still understood. */
  readonly formerly?: readonly string[];
  readonly letter?: string;
  /** `action` options ask for something else than running; the others are settings. */
  readonly kind: "flag" | "text" | "list" | "action";
  /** What its value is called in the help; an option without it takes none. */
  readonly value?: string;
  /** The value of an option given bare; without it the value has to be there. */
  readonly bare?: string;
  /** Key in the group [general] of the configuration file. */
  readonly key?: string;
  readonly formerKeys?: readonly string[];
  readonly default?: string;
  /** What it may be in lodger.toml, beside a text. */
  readonly inToml?: "number" | "numbers";
  /** One line; an option without it is not shown. */
  readonly help?: string;
  /** For the documentation, where there is no `help`. */
  readonly about?: string;
}

export type OptionName =
  | FreezeOptionName
  | "method"
  | "path"
  | "retry-path"
  | "tls-cert"
  | "tls-key"
  | "tls-ca"
  | "vsock-peers"
  | "block-rpcs"
  | "allow-rpcs"
  | "fsfreeze-hook"
  | "statedir"
  | "logfile"
  | "verbose"
  | "daemonize"
  | "pidfile"
  | "lodger-config"
  | "plugin"
  | "plugins"
  | "scripts"
  | "config"
  | "dump-conf"
  | "service"
  | "version"
  | "help";

/** Group of the configuration file that holds the settings. */
export const GROUP = "general";

/** Read when neither --config nor QGA_CONF names another. */
export const DEFAULT_CONFIG = PLACES.qemuConfig;

/** The admin's file, and beside it the folder of the same name with `.d` for more of them. */
export const DEFAULT_ADMIN_CONFIG = PLACES.adminConfig;

export const OPTIONS: readonly Option[] = [
  {
    name: "method",
    letter: "m",
    kind: "text",
    value: "METHOD",
    key: "method",
    default: "virtio-serial",
    help: "how the host reaches the agent",
  },
  { name: "path", letter: "p", kind: "text", value: "PATH", key: "path", help: "device, socket file, HOST:PORT or CID:PORT of the method" },
  { name: "retry-path", letter: "r", kind: "flag", key: "retry-path", help: "open the path again when it is missing or fails" },
  {
    name: "tls-cert",
    ours: true,
    kind: "text",
    value: "FILE",
    key: "tls-cert",
    help: "tcp-listen: certificate; with --tls-key and --tls-ca, all PEM",
  },
  { name: "tls-key", ours: true, kind: "text", value: "FILE", key: "tls-key", about: "tcp-listen: the private key, PEM" },
  {
    name: "tls-ca",
    ours: true,
    kind: "text",
    value: "FILE",
    key: "tls-ca",
    about: "tcp-listen: the authorities whose clients may connect, PEM",
  },
  {
    name: "vsock-peers",
    ours: true,
    kind: "text",
    value: "CID,CID",
    key: "vsock-peers",
    default: "2",
    inToml: "numbers",
    help: "vsock-listen: who may connect, 2 is the host; or 'any'",
  },
  {
    name: "block-rpcs",
    formerly: ["blacklist"],
    letter: "b",
    kind: "list",
    value: "A,B",
    key: "block-rpcs",
    formerKeys: ["blacklist"],
    help: "disable these commands ('help' lists all)",
  },
  {
    name: "allow-rpcs",
    letter: "a",
    kind: "list",
    value: "A,B",
    key: "allow-rpcs",
    help: "disable all but these; --block-rpcs beats it",
  },
  {
    name: "fsfreeze-hook",
    letter: "F",
    kind: "text",
    value: "PROGRAM",
    bare: "/etc/qemu/fsfreeze-hook",
    key: "fsfreeze-hook",
    help: "run it around a freeze",
  },
  {
    name: "statedir",
    letter: "t",
    kind: "text",
    value: "DIR",
    key: "statedir",
    default: PLACES.state,
    help: "where the agent's state is kept",
  },
  { name: "logfile", letter: "l", kind: "text", value: "FILE", key: "logfile", help: "log there, not to standard error" },
  { name: "verbose", letter: "v", kind: "flag", key: "verbose", help: "log more than errors" },
  { name: "daemonize", letter: "d", kind: "flag", key: "daemon", help: "go to the background (key: daemon)" },
  {
    name: "pidfile",
    letter: "f",
    kind: "text",
    value: "FILE",
    key: "pidfile",
    default: PLACES.pidFile,
    help: "process id when in the background",
  },
  ...FREEZE_OPTIONS.map((option) => ({ ...option, ours: true as const })),
  { name: "plugin", ours: true, kind: "list", value: "FILE", key: "plugin", about: "load this plugin too" },
  { name: "plugins", ours: true, kind: "text", value: "DIR", key: "plugins", default: PLACES.plugins, about: "folder of plugins" },
  {
    name: "scripts",
    ours: true,
    kind: "text",
    value: "DIR",
    key: "scripts",
    default: PLACES.scripts,
    about: "folder of manifests of script commands",
  },
  { name: "lodger-config", ours: true, kind: "action", value: "FILE", default: DEFAULT_ADMIN_CONFIG, help: "the admin's rules" },
  { name: "config", letter: "c", kind: "action", value: "FILE", default: DEFAULT_CONFIG, help: "read this file, which has to exist" },
  { name: "dump-conf", letter: "D", kind: "action", help: "print the settings as such a file, and exit" },
  // qemu-ga has it on Windows only: elsewhere its --s is --statedir
  { name: "service", ours: true, letter: "s", kind: "action", value: "ACTION", about: "of qemu-ga on Windows; refused here" },
  { name: "version", letter: "V", kind: "action", help: "print the version, and exit" },
  { name: "help", letter: "h", kind: "action", help: "print this, and exit" },
];

/** @returns what holds where nothing is given; empty for an option without a default. */
export function defaultOf(name: OptionName): string {
  return OPTIONS.find((option) => option.name === name)?.default ?? "";
}
