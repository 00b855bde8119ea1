import { definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "many-mistakes",
  api: 7,
  stat: () => undefined,
  needs: { clock: "clock" },
  options: Type.String(),
  commands: () => [
    { name: "guest_many", sumary: "x", arguments: { type: "object", propertys: {} }, run: () => 1 },
    { name: "guest-ping", since: "1", summary: "x", run: 5 },
  ],
});
