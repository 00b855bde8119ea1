import { spawn } from "node:child_process";
import { once } from "node:events";

/** Runs a program to its end and gives its standard output; a failure throws with what it said. */
export async function run(program: string, args: readonly string[], options: { input?: string } = {}): Promise<string> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  // a program that ends without reading its input is not an error of ours
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  if (code !== 0) {
    const said = Buffer.concat([...errors, ...output]).toString();
    throw new Error(`${program} ${args.join(" ")}: ${signal ?? `exit status ${code}`}\n${said.slice(-4000)}`);
  }
  return Buffer.concat(output).toString();
}
