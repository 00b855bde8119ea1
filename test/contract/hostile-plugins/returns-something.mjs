import { command, definePlugin } from "lodger/plugin";

export default definePlugin({
  name: "returns-something",
  commands: () => [
    command({
      name: "guest-returns-something",
      since: "1.0",
      summary: "Hostile.",
      run: () => ({ a: 1 }),
    }),
  ],
});
