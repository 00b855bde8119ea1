/** The table `[agent]`: options of the command line as keys. */
import type { ConfiguredOption } from "./admin-config.ts";
import { OPTIONS, type Option, type OptionName } from "./options.ts";
import { flag, type Read, type Section, text } from "./section.ts";
import { TomlList, TomlScalar } from "./toml.ts";

export function readAgentOptions(section: Section): ReadonlyMap<OptionName, ConfiguredOption> {
  const options = new Map<OptionName, ConfiguredOption>();
  for (const option of OPTIONS) {
    if (option.kind === "action") continue;
    if (option.kind === "list") {
      const items = section.list(option.name);
      if (items.length > 0) options.set(option.name, { items });
      continue;
    }
    const found = section.one<string | boolean>(option.name, option.kind === "flag" ? flag : textOf(option));
    if (found !== undefined) options.set(option.name, found);
  }
  section.refuseOthers((key) => {
    const option = OPTIONS.find(({ name, formerly, key: inKeyFile }) => name === key || inKeyFile === key || formerly?.includes(key));
    if (option === undefined) return undefined;
    return option.name === key ? ": it is for the command line only" : `: here it is called '${option.name}'`;
  });
  return options;
}

/** As it would stand on the command line. What a number may be is checked with the values from there. */
function textOf({ inToml }: Option): Read<string> {
  if (inToml === undefined) return text;
  return (value) => {
    if (value instanceof TomlScalar) {
      if (value.kind === "integer") return { is: String(value.value) };
      if (inToml === "numbers") return text(value);
    } else if (value instanceof TomlList && inToml === "numbers" && value.items.every(isInteger)) {
      return {
        is: value.items
          .filter(isInteger)
          .map((item) => item.value)
          .join(","),
      };
    }
    return { hasToBe: inToml === "number" ? "write a whole number, without quotes" : 'write a list of numbers, or "any"' };
  };
}

function isInteger(value: unknown): value is TomlScalar {
  return value instanceof TomlScalar && value.kind === "integer";
}
