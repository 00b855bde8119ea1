/** How values of a manifest have to be, beyond what lodger.toml has. */
import { nearest } from "../../config/nearest.ts";
import type { Origin, Problems } from "../../config/problems.ts";
import { type Read, type Section, text } from "../../config/section.ts";
import { TomlScalar } from "../../config/toml.ts";

export function oneOf<const V extends readonly string[]>(values: V): Read<V[number]> {
  return (value) => {
    const given = value instanceof TomlScalar ? value.value : undefined;
    const found = values.find((known) => known === given);
    if (found !== undefined) return { is: found };
    const meant = typeof given === "string" ? nearest(given, values) : undefined;
    const all = `write one of ${values.map((known) => `"${known}"`).join(", ")}`;
    return { hasToBe: meant === undefined ? all : `${all}; is "${meant}" meant?` };
  };
}

/** What a default may be. Dates, and integers that JavaScript can't hold exactly, can't. */
export const plainScalar: Read<string | number | boolean> = (value) => {
  const given = value instanceof TomlScalar ? value.value : undefined;
  const isPlain = typeof given === "string" || typeof given === "boolean" || (typeof given === "number" && Number.isFinite(given));
  return isPlain ? { is: given } : { hasToBe: "write a text, a number up to 2^53, true or false" };
};

/** A text that has to be there, and not empty. @param example what could stand there. */
export function required(section: Section, key: string, example: string, origin: Origin, problems: Problems): string | undefined {
  const found = section.one(key, text);
  if (found !== undefined && found.value !== "") return found.value;
  const line = `write ${key} = ${JSON.stringify(example)}`;
  if (found !== undefined) problems.error(found.origin, `'${key}' is empty: ${line}`);
  else if (!section.keys().includes(key)) problems.error(origin, `'${key}' is missing: ${line}`);
  return undefined;
}
