import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-base64-text",
  commands: () => [
    command({
      name: "guest-returns-base64-text",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Base64() }),
      run: () => ({ value: "AAAA" }),
    }),
  ],
});
