import { command, definePlugin, Token, Type } from "lodger/plugin";

export default definePlugin({
  name: "needs-nobody",
  needs: { nothing: new Token("nothing that there is") },
  commands: () => [
    command({
      name: "guest-needs-nobody",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => ({ value: 1 }),
    }),
  ],
});
