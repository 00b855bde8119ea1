/** The parts of docs/configuration.md that are made from declarations. `node test/unit/config/page.ts` writes them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FREEZE_OPTIONS } from "../../../core/config/freeze-options.ts";
import { OPTIONS, type Option, type OptionName } from "../../../core/config/options.ts";
import { declaredCommands } from "../../../core/declared-commands.ts";
import { profileOf } from "../../../core/policy/profiles.ts";
import { PROFILES } from "../../../core/policy/rules.ts";
import { builtInPlugins } from "../../../plugins/index.ts";

const PAGE = join(import.meta.dirname, "../../../docs/configuration.md");

type Action = "config" | "lodger-config" | "dump-conf" | "service" | "version" | "help";

/** A value of each option for [agent], as TOML. */
const EXAMPLES: Readonly<Record<Exclude<OptionName, Action>, string>> = {
  method: '"unix-listen"',
  path: '"/run/lodger.sock"',
  "retry-path": "true",
  "tls-cert": '"/etc/lodger/tls/agent.pem"',
  "tls-key": '"/etc/lodger/tls/agent.key"',
  "tls-ca": '"/etc/lodger/tls/clients.pem"',
  "vsock-peers": "[2, 3]",
  "block-rpcs": '["guest-exec", "guest-exec-status"]',
  "allow-rpcs": '["guest-ping", "guest-info"]',
  "fsfreeze-hook": '"/etc/qemu/fsfreeze-hook"',
  statedir: '"/var/lib/lodger"',
  logfile: '"/var/log/lodger/lodger.log"',
  verbose: "true",
  daemonize: "true",
  pidfile: '"/run/lodger.pid"',
  "freeze-lease": "300",
  "freeze-timeout": "120",
  "freeze-mount-timeout": "60",
  "freeze-exclude": '["/mnt/*", "/srv/scratch"]',
  "freeze-skip-failing": "true",
  "freeze-hooks": '"/etc/lodger/freeze-hooks.d"',
  "freeze-hook-timeout": "30",
  plugin: '["/opt/acme/plugin.mjs"]',
  plugins: '"/etc/lodger/plugins"',
  scripts: '"/etc/lodger/commands"',
};

const isAction = ({ kind }: Option) => kind === "action";
const spelled = ({ letter, name, formerly = [], value, bare }: Option) =>
  [
    ...(letter === undefined ? [] : [`-${letter}`]),
    `--${name}${value === undefined ? "" : bare === undefined ? `=${value}` : `[=${value}]`}`,
    ...formerly.map((former) => `--${former}`),
  ]
    .map((spelling) => `\`${spelling}\``)
    .join(", ");

function about({ name, help, about: text = FREEZE_OPTIONS.find((each) => each.name === name)?.about }: Option): string {
  const what = help ?? text;
  if (what === undefined) throw new Error(`nothing says what --${name} is`);
  return what;
}

function fallback({ name, kind, default: value, bare }: Option): string {
  if (name === "path") return "the method's own";
  if (kind === "flag") return "`false`";
  if (value === undefined) return bare === undefined ? "none" : `none; bare: \`${bare}\``;
  return `\`${value}\``;
}

/** `KEY = VALUE` for [agent], for every option. */
export const agentExamples: readonly string[] = OPTIONS.filter((option) => !isAction(option)).map(
  ({ name }) => `${name} = ${EXAMPLES[name as keyof typeof EXAMPLES]}`,
);

function parts(): Readonly<Record<string, string>> {
  const settings = OPTIONS.filter((option) => !isAction(option)).map(
    (option, index) => `| ${spelled(option)} | ${fallback(option)} | ${about(option)} | \`${agentExamples[index]}\` | \`${option.key}\` |`,
  );
  const actions = OPTIONS.filter(isAction).map((option) => `| ${spelled(option)} | ${fallback(option)} | ${about(option)} |`);
  const commands = builtInPlugins.flatMap(declaredCommands);
  const profiles = PROFILES.map((profile) => {
    const names = commands.flatMap((command) => (profileOf(command) === profile ? `\`${command.name}\`` : []));
    return `| \`${profile}\` | ${names.join(", ")} |`;
  });
  const table = (head: string, rows: readonly string[]) => `${head}\n|${"---|".repeat(head.split("|").length - 2)}\n${rows.join("\n")}\n`;
  return {
    options: table("| option | default | what it is | example in lodger.toml | in qemu-ga.conf |", settings),
    actions: table("| option | default | what it is |", actions),
    profiles: table("| profile | has, beside the one before |", profiles),
  };
}

export function writtenPage(): string {
  return readFileSync(PAGE, "utf8");
}

/** @returns the page with its made parts as they should be. */
export function configurationPage(page = writtenPage()): string {
  let text = page;
  for (const [name, part] of Object.entries(parts())) {
    const block = new RegExp(`(<!-- ${name}: .*? -->\n)[^]*?(<!-- /${name} -->)`);
    if (!block.test(text)) throw new Error(`docs/configuration.md has no place for the ${name}`);
    text = text.replace(block, (_, before: string, after: string) => `${before}${part}${after}`);
  }
  return text;
}

if (import.meta.main) writeFileSync(PAGE, configurationPage());
