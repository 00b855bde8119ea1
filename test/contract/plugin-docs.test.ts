/** docs/plugins.md, followed step by step by somebody who has nothing else: each file is written, each command typed, and its output compared. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../../build/paths.ts";
import { isPrinted, type Step, stepsOf } from "./plugin-authoring/page.ts";
import { PrivateSources } from "./plugin-authoring/private-sources.ts";
import { Terminal } from "./plugin-authoring/terminal.ts";

const steps = stepsOf(readFileSync(join(root, "docs/plugins.md"), "utf8"));

describe("docs/plugins.md", () => {
  let folder: string;
  let sources: PrivateSources;
  let terminal: Terminal;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lodger-docs-"));
    for (const name of ["bin", "state", "etc/lodger/plugins", "etc/lodger/commands", "home/dist", "sources"])
      mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, "etc/lodger/lodger.toml"), "");
    sources = new PrivateSources(join(folder, "sources"));
    sources.build("lodger", [], folder);
    program("bin/lodger", lodger(sources.bundle("lodger")));
    // Without the executable, which is the same bundle with Node around it and takes a minute.
    program("bin/npm", `shift 3; cd '${sources.folder}' && INIT_CWD='${home()}' '${process.execPath}' build/build.ts --bundle "$@"`);
    program("home/dist/lodger-linux-x64", lodger(join(sources.folder, "dist/lodger.cjs")));
    terminal = new Terminal(home(), `${join(folder, "bin")}:/usr/local/bin:/usr/bin:/bin`);
  }, 60_000);

  afterAll(async () => {
    await terminal?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const home = () => join(folder, "home");

  function program(name: string, text: string): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  /** The program, with the folders of a test in the places of the system's. */
  function lodger(bundle: string): string {
    const run = `exec '${process.execPath}' --disable-warning=ExperimentalWarning '${bundle}'`;
    const etc = join(folder, "etc/lodger");
    const places = `--lodger-config='${etc}/lodger.toml' --plugins='${etc}/plugins' --scripts='${etc}/commands'`;
    return [
      'case "$1 $2" in',
      `"plugin check"|"plugin list") words="$1 $2"; shift 2; ${run} $words ${places} "$@";;`,
      `"plugin "*|"call "*) ${run} "$@";;`,
      `*) ${run} ${places} "$@";;`,
      "esac",
    ].join("\n");
  }

  /** With the folders of a test in the places of the system's. */
  function here(text: string): string {
    return text
      .replaceAll("/etc/lodger", join(folder, "etc/lodger"))
      .replaceAll("/tmp/lodger.sock", join(folder, "s"))
      .replaceAll("-t /tmp", `-t ${join(folder, "state")}`);
  }

  async function follow(step: Step): Promise<void> {
    if (step.kind === "file") {
      const path = step.path.startsWith("/") ? here(step.path) : join(home(), step.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, step.text);
      return;
    }
    const { text, status } = await terminal.type(typed(here(step.command)));
    if (step.printed.length === 0) expect({ text, status }).toEqual({ text: "", status: 0 });
    else expect(isPrinted(step.printed.map(here), text), `it printed:\n${text}`).toBe(true);
  }

  /** A person waits until an agent is there, and until it has ended. */
  function typed(command: string): string {
    if (command.startsWith("chown ") && process.getuid?.() !== 0) return "true";
    if (command.endsWith("&"))
      return `${command.slice(0, -1)}> agent.log 2>&1 &\nuntil [ -S '${join(folder, "s")}' ] || ! kill -0 $!; do sleep 0.05; done`;
    return command === "kill $!" ? "kill $!; wait $!" : command;
  }

  test("has examples", () => {
    expect(steps.filter(({ kind }) => kind === "file").length).toBeGreaterThan(8);
    expect(steps.filter(({ kind }) => kind === "command").length).toBeGreaterThan(25);
  });

  test.each(steps.map((step) => [`${step.kind === "file" ? step.path : step.command} (line ${step.line})`, step] as const))(
    "%s",
    { timeout: 60_000 },
    (_, step) => follow(step),
  );

  test("every example has the right types", { timeout: 60_000 }, () => {
    const files = steps.flatMap((step) =>
      step.kind === "file" && /\.[cm]?[jt]s$/.test(step.path) && !step.path.includes("node_modules") ? [step.path] : [],
    );
    const options = {
      target: "es2022",
      lib: ["es2023", "dom"],
      module: "nodenext",
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
    };
    const strict = {
      strict: true,
      skipLibCheck: true,
      erasableSyntaxOnly: true,
      verbatimModuleSyntax: true,
      allowImportingTsExtensions: true,
      noEmit: true,
    };
    writeFileSync(join(home(), "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(
      join(home(), "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...options, ...strict, allowJs: true }, files: [...files, sources.types] }),
    );
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    expect(execFileSync(process.execPath, [compiler, "-p", home(), "--pretty", "false"], { encoding: "utf8" })).toBe("");
  });
});
