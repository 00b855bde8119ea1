import { INTERFACE_VERSION, LODGER_VERSION } from "../version.ts";
import { DEFAULT_CONFIG, GROUP, OPTIONS, type Option } from "./options.ts";
import type { DefaultPaths } from "./settings.ts";

/** For --version. */
export function versionText(): string {
  return `lodger ${LODGER_VERSION} (interface ${INTERFACE_VERSION})\n`;
}

/** For --help: one screen of at most 40 lines and 100 columns. */
export function helpText(defaultPaths: DefaultPaths): string {
  return `lodger ${LODGER_VERSION}, a guest agent: it runs in a virtual machine and does what the host asks.
It speaks qemu-ga's protocol (${INTERFACE_VERSION}) and takes qemu-ga's options and configuration file.

  lodger [OPTION]...                       in the guest: serve the host until SIGTERM
  lodger call TARGET COMMAND [JSON]        on the host: ask a guest ('lodger call --help')
  lodger freeze --dry-run                  show what a freeze would do here
  lodger schema, lodger self-check         all commands as JSON Schema; whether this is whole

${OPTIONS.filter(({ help }) => help !== undefined)
  .map(optionLine)
  .join("\n")}

Methods, and their paths if none is given:
${methods(defaultPaths)}

Configuration: ${DEFAULT_CONFIG}, or the file in $QGA_CONF; the group [${GROUP}] holds the
long names as keys, the command line beats it. 'lodger -D > FILE' writes one to start from.

Example: lodger -m unix-listen -p /run/lodger.sock -t /tmp &
         lodger call /run/lodger.sock guest-info --pretty
`;
}

function optionLine(option: Option): string {
  const short = option.letter === undefined ? "    " : `-${option.letter}, `;
  const value = option.value === undefined ? "" : option.bare === undefined ? `=${option.value}` : `[=${option.value}]`;
  const fallback = option.default ?? option.bare;
  return `  ${`${short}--${option.name}${value}`.padEnd(29)} ${option.help}${fallback === undefined ? "" : ` (${fallback})`}`;
}

function methods(defaultPaths: DefaultPaths): string {
  return Array.from(defaultPaths, ([name, path]) => `  ${name.padEnd(15)} ${path ?? "-"}`).join("\n");
}
