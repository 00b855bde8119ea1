import { madeFrom } from "../packed.ts";
import { INTERFACE_VERSION, LODGER_VERSION } from "../version.ts";
import { DEFAULT_ADMIN_CONFIG, DEFAULT_CONFIG, GROUP, OPTIONS, type Option } from "./options.ts";
import type { DefaultPaths } from "./settings.ts";

/** For --version. */
export function versionText(): string {
  return `lodger ${LODGER_VERSION} (interface ${INTERFACE_VERSION}; ${madeFrom()})\n`;
}

/** For --help: one screen of at most 40 lines and 100 columns. */
export function helpText(defaultPaths: DefaultPaths): string {
  return `lodger ${LODGER_VERSION}, a guest agent: it runs in a virtual machine and does what the host asks.
It speaks qemu-ga's protocol (${INTERFACE_VERSION}) and takes qemu-ga's options and configuration file.

  lodger [OPTION]...                     in the guest: serve the host until SIGTERM
  lodger call TARGET COMMAND [JSON]      on the host: ask a guest; 'lodger stats': how it does
  lodger freeze --dry-run                show what a freeze would do here
  lodger policy explain COMMAND [JSON]   whether the rules allow it, and which line decides
  lodger config check; lodger doctor     what is wrong with the configuration, the guest
  lodger plugin new, check, test, list   commands of your own
  lodger install, lodger uninstall       started by this system's service manager, from now on
  lodger schema, lodger self-check       all commands as JSON Schema; whether this is whole
More: 'lodger call --help', 'lodger plugin --help', 'lodger install --help', 'lodger freeze --help'.

${OPTIONS.filter(({ help }) => help !== undefined)
  .map(optionLine)
  .join("\n")}

Methods, and their paths if none is given:
${methods(defaultPaths)}

Configuration: the command line beats ${DEFAULT_ADMIN_CONFIG}, which beats ${DEFAULT_CONFIG}
(or the file in $QGA_CONF), whose group [${GROUP}] has the long names as keys.
Example: lodger -m unix-listen -p /run/lodger.sock -t /tmp & lodger call /run/lodger.sock guest-info
`;
}

function optionLine(option: Option): string {
  const short = option.letter === undefined ? "    " : `-${option.letter}, `;
  const value = option.value === undefined ? "" : option.bare === undefined ? `=${option.value}` : `[=${option.value}]`;
  const fallback = option.default ?? option.bare;
  return `  ${`${short}--${option.name}${value}`.padEnd(29)} ${option.help}${fallback === undefined ? "" : ` (${fallback})`}`;
}

function methods(defaultPaths: DefaultPaths): string {
  const all = [...defaultPaths];
  const withPath = all.flatMap(([name, path]) => (path === undefined ? [] : `${name} (${path})`));
  const others = all.flatMap(([name, path]) => (path === undefined ? name : []));
  return [withPath, others].map((line) => `  ${line.join(", ")}`).join("\n");
}
