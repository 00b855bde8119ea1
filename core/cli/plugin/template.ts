/** The files of a new plugin. */

export type Language = "ts" | "js";

export interface NewPlugin {
  readonly name: string;
  readonly command: string;
  readonly language: Language;
}

/** @returns texts by name. */
export function pluginFiles(plugin: NewPlugin): Readonly<Record<string, string>> {
  const { name, language } = plugin;
  return {
    [`index.${language}`]: source(plugin),
    [`index.test.${language}`]: testSource(plugin),
    "package.json": json({ name, version: "0.1.0", private: true, type: "module", main: `index.${language}` }),
    "tsconfig.json": json({
      compilerOptions: {
        target: "es2022",
        lib: ["es2023", "dom"],
        module: "nodenext",
        types: [],
        noEmit: true,
        allowImportingTsExtensions: true,
        strict: true,
        erasableSyntaxOnly: true,
        verbatimModuleSyntax: true,
        skipLibCheck: true,
        ...(language === "js" ? { allowJs: true, checkJs: true } : {}),
      },
    }),
    "README.md": readme(plugin),
  };
}

function source({ name, command }: NewPlugin): string {
  return `import { command, definePlugin, failed, Type } from "lodger/plugin";

export default definePlugin({
  // Small letters, digits and dashes; the same as its folder.
  name: "${name}",
  version: "0.1.0",
  summary: "Greets who is named.",

  // What the admin may set, in lodger.toml under [plugins.${name}.options].
  options: Type.Object({
    greeting: Type.Optional(Type.String({ description: "What comes in front of the name." })),
  }),

  // Declares the commands. What is given here (needs, host) may be used when a command runs, not before.
  commands: (_needs, host) => [
    command({
      name: "${command}",
      since: "0.1.0",
      summary: "Greets.",
      // A request with anything else is refused before the command sees it.
      arguments: Type.Object({
        name: Type.String({ description: "Who is greeted." }),
        times: Type.Optional(Type.Int64({ description: "How often; once if nothing is said." })),
      }),
      // An answer with anything else is an error, and the log says so.
      returns: Type.Object({ text: Type.String() }),
      // It only looks, so every profile of the admin's has it.
      profile: "observe",
      run: ({ name, times = 1 }, { log }) => {
        if (times < 1 || times > 10) throw failed("times has to be from 1 to 10");
        const { greeting = "hello" } = host.options;
        log.info(\`greets \${name}\`);
        return { text: Array(Number(times)).fill(\`\${greeting} \${name}\`).join(", ") };
      },
    }),
  ],
});
`;
}

function testSource({ command, language }: NewPlugin): string {
  return `import { assert, startPlugin, test } from "lodger/plugin/testing";
import plugin from "./index.${language}";

test("greets", async () => {
  const { call, stop } = await startPlugin(plugin);
  assert.deepEqual(await call("${command}", { name: "you" }), { text: "hello you" });
  await stop();
});

test("greets as the admin says", async () => {
  const { call, stop } = await startPlugin(plugin, { options: { greeting: "good morning" } });
  assert.deepEqual(await call("${command}", { name: "you", times: 2 }), { text: "good morning you, good morning you" });
  await stop();
});

test("refuses what it doesn't know", async () => {
  const { call, stop } = await startPlugin(plugin);
  await assert.rejects(call("${command}"), /Parameter 'name' is missing/);
  await assert.rejects(call("${command}", { name: "you", times: 11 }), /times has to be from 1 to 10/);
  await stop();
});
`;
}

function readme({ name, command }: NewPlugin): string {
  return `# ${name}

A plugin of lodger, with the command \`${command}\`.

    lodger plugin test .        # run the tests; no Node is needed
    lodger plugin check .       # tell all that is wrong
    npx tsc                     # check the types, if you like; needs TypeScript 5.8 or newer

To install it, as root:

    install -d /etc/lodger/plugins
    cp -r . /etc/lodger/plugins/${name}
    chown -R root:root /etc/lodger/plugins/${name}
    chmod -R go-w /etc/lodger/plugins/${name}
    lodger plugin check /etc/lodger/plugins/${name}
    systemctl restart lodger      # or send it SIGHUP

Options, in \`/etc/lodger/lodger.toml\`:

    [plugins.${name}.options]
    greeting = "good morning"

\`lodger-plugin.d.ts\` has the types of \`lodger/plugin\`; after an update of lodger, make it anew:
\`lodger plugin types > lodger-plugin.d.ts\`. To use Node's own modules in TypeScript:
\`npm install --save-dev @types/node\`, and \`"types": ["node"]\` in tsconfig.json.
`;
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
