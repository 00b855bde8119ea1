/**
 * A plugin to learn from: one command, one option, a need, and state of its own. It isn't part of lodger; run it from disk:
 *
 *   lodger --plugin plugins/hello --method unix-listen --path /tmp/hello.sock
 *
 * and ask it: lodger call /tmp/hello.sock guest-hello '{"name": "Ada"}'
 */
// All that a plugin imports of lodger is here. Node's own modules and npm packages beside the plugin can be imported as well.
import { Clock, command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  // The same as the folder's name (or the file's). Small letters, digits, dashes.
  name: "hello",
  version: "1.0.0",
  summary: "Greets, to show what a plugin looks like.",

  // What the plugin uses of the agent or of other plugins. A test hands over something else in its place.
  needs: { clock: Clock },

  // What the admin may write under [plugins.hello.options] in lodger.toml. It is checked before the plugin starts.
  options: Type.Object({
    greeting: Type.Optional(Type.String({ default: "hello", description: "the word to greet with" })),
  }),

  // Declares the commands. Nothing may be done here: what the plugin is given can be used when a command runs.
  commands: ({ clock }, host) => [
    command({
      // Any name that isn't taken. Those of lodger's own commands are.
      name: "guest-hello",
      since: "1.0",
      summary: "Greets somebody, and tells the guest's time.",
      // The smallest of the admin's profiles that has this command: it only looks.
      profile: "observe",
      // Both are checked for you: a client that sends something else is told so and never gets here.
      arguments: Type.Object({
        name: Type.Optional(Type.String({ description: "who is greeted; the host if nobody is named" })),
      }),
      returns: Type.Object({
        greeting: Type.String(),
        nanoseconds: Type.Int64({ description: "since 1970; exact, which a JavaScript number isn't" }),
      }),
      run: ({ name = "host" }, { log }) => {
        // Goes to the agent's log, with the plugin's name in front.
        log.debug(`greets ${name}`);
        return { greeting: `${host.options.greeting ?? "hello"} ${name}`, nanoseconds: clock.now() };
      },
    }),
  ],
});
