import { connect } from "node:net";
import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "connects",
  commands: () => [
    command({
      name: "guest-connects",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Object({ value: Type.Int64() }),
      run: () => {
        connect("/nowhere/at/all");
        return { value: 1 };
      },
    }),
  ],
});
