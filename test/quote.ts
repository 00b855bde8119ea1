/** Texts that a page quotes and tests hold the agent to, so that a page can say nothing else than what happens. */

/** "…" stands for what differs each time. Where that says too little, an expression, and an example of what it matches for the page. */
export type Quote = string | { readonly is: RegExp; readonly example: string };

/** @returns what is shown of it. */
export function textOf(quote: Quote): string {
  return typeof quote === "string" ? quote : quote.example;
}

/** @returns what the whole of a text has to match. */
export function whole(quote: Quote): RegExp {
  return typeof quote === "string" ? new RegExp(`^${source(quote)}$`) : quote.is;
}

/** @returns what a line of a log has to end in. */
export function endOfLine(quote: Quote): RegExp {
  return typeof quote === "string" ? new RegExp(`${source(quote)}$`, "m") : quote.is;
}

function source(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", "[^\\n]*");
}
