/** The systemd units of the guest: what there is, how one does, and a restart of those that the admin has named. */
import { command, definePlugin, Files, failed, Processes, runHelper, Type } from "lodger/plugin";
import { checkedName, LISTED, matches, parseShow, SHOWN, unit, unitStatus } from "./units.ts";

const KINDS = ["service", "socket", "target", "timer", "path", "mount", "swap", "slice", "scope"] as const;
const PATIENCE_MS = 10_000;
const RESTART_MS = 90_000;

const described = {
  name: Type.String(),
  description: Type.String(),
  load: Type.String(),
  active: Type.String(),
  sub: Type.String(),
};
const status = Type.Object({
  ...described,
  "unit-file": Type.Optional(Type.String()),
  pid: Type.Optional(Type.Int64()),
  result: Type.Optional(Type.String()),
  restarts: Type.Optional(Type.Int64()),
});
const oneUnit = Type.Object({ unit: Type.String({ description: "Its whole name, such as nginx.service." }) });

export default definePlugin({
  name: "systemd-units",
  version: "1.0.0",
  summary: "Lists systemd units, tells how one does, and restarts those that the admin has named.",
  needs: { files: Files, processes: Processes },
  options: Type.Object({
    units: Type.Optional(
      Type.Array(Type.String(), { description: "Units that may be restarted; * and ? are patterns. None if left out." }),
    ),
  }),
  commands: ({ files, processes }, host) => {
    const supported = () =>
      files.status("/run/systemd/system").then(
        () => true as const,
        () => "this system was not started by systemd",
      );

    async function show(properties: readonly string[], names: string, signal: AbortSignal) {
      const args = ["show", "--no-pager", `--property=${properties.join(",")}`, "--", names];
      return parseShow(await runHelper(processes, "systemctl", args, "ask systemd", { signal, timeoutMs: PATIENCE_MS }));
    }

    async function statusOf(name: string, signal: AbortSignal) {
      const [properties] = await show(SHOWN, checkedName(name), signal);
      if (properties === undefined) throw failed(`systemd says nothing of ${name}`);
      const found = unitStatus(properties);
      if (found.load === "not-found") throw failed(`there is no unit ${name}`);
      return found;
    }

    return [
      command({
        name: "guest-units-list",
        since: "1.0.0",
        summary: "Lists the units of a kind that systemd has loaded.",
        arguments: Type.Object({ kind: Type.Optional(Type.Enum(KINDS, { description: "Services if left out." })) }),
        returns: Type.Array(Type.Object(described)),
        profile: "observe",
        supported,
        run: async ({ kind = "service" }, { signal }) => (await show(LISTED, `*.${kind}`, signal)).map(unit),
      }),
      command({
        name: "guest-unit-status",
        since: "1.0.0",
        summary: "Tells how a unit does.",
        arguments: oneUnit,
        returns: status,
        profile: "observe",
        supported,
        run: ({ unit: name }, { signal }) => statusOf(name, signal),
      }),
      command({
        name: "guest-unit-restart",
        since: "1.0.0",
        summary: "Restarts a unit that the admin has named, and tells how it does then.",
        arguments: oneUnit,
        returns: status,
        privilege: "root, or a rule of polkit",
        supported,
        run: async ({ unit: name }, { signal, log }) => {
          // By its own name: a rule for one name must not be got round by another.
          const { name: own } = await statusOf(name, signal);
          if (!(host.options.units ?? []).some((pattern) => matches(pattern, own))) {
            throw failed(`${own} may not be restarted: the admin has to name it under 'units' in [plugins.systemd-units.options]`);
          }
          log.message(`restarts ${own}`);
          // Without the signal: who doesn't wait any longer has still asked for it.
          await runHelper(processes, "systemctl", ["restart", "--no-ask-password", "--", own], `restart ${own}`, { timeoutMs: RESTART_MS });
          return statusOf(own, signal);
        },
      }),
    ];
  },
});
