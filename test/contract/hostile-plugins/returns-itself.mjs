import { command, definePlugin, Type } from "lodger/plugin";

export default definePlugin({
  name: "returns-itself",
  commands: () => [
    command({
      name: "guest-returns-itself",
      since: "1.0",
      summary: "Hostile.",
      returns: Type.Unsafe({ type: "object", additionalProperties: true }),
      run: () => {
        const value = { list: [] };
        value.list.push(value);
        return value;
      },
    }),
  ],
});
