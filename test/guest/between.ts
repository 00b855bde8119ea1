import { inspect } from "node:util";

/**
 * Compares an answer with the ones that another agent gave before and after it: a counter lies between theirs, and what did not move is
 * the same.
 * @param margin how far a number that is not exact may lie outside.
 * @returns what is wrong, a line each, with the place in the answer.
 */
export function notBetween(before: unknown, answer: unknown, after: unknown, margin = 0, place = "answer"): string[] {
  if (isNumber(before) && isNumber(answer) && isNumber(after)) {
    const inside = (answer >= before && answer <= after) || (answer >= after && answer <= before) || isNear(answer, before, margin);
    return inside ? [] : [`${place} is ${answer}, not between ${before} and ${after}`];
  }
  if (!isObject(before) || !isObject(answer) || !isObject(after)) {
    return answer === before || answer === after ? [] : [`${place} is ${inspect(answer)}, not ${inspect(before)}`];
  }
  // the keys of an array are its indices, so that a length that differs shows as keys too many
  return [...new Set([...Object.keys(before), ...Object.keys(answer), ...Object.keys(after)])].flatMap((key) =>
    notBetween(before[key], answer[key], after[key], margin, `${place}.${key}`),
  );
}

function isNear(one: number | bigint, other: number | bigint, margin: number): boolean {
  return margin > 0 && Math.abs(Number(one) - Number(other)) <= margin;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
