/** What the guest knows of its network: guest-network-get-interfaces, guest-network-get-route. */
import { command, definePlugin, Files, NetworkInterfaces, onlyOn, Type } from "../../core/plugin.ts";
import { describeInterfaces } from "./describe.ts";
import { routesOf } from "./native-routes.ts";
import { Route } from "./route-schema.ts";
import { listRoutes } from "./routes.ts";

const Address = Type.Object({
  "ip-address": Type.String({ description: "As text, without a scope." }),
  "ip-address-type": Type.Enum(["ipv4", "ipv6"]),
  prefix: Type.Int64({ description: "Length of the network prefix in bits." }),
});

const Statistics = Type.Object({
  "rx-bytes": Type.Uint64({ description: "Bytes received." }),
  "rx-packets": Type.Uint64({ description: "Packets received." }),
  "rx-errs": Type.Uint64({ description: "Packets received with an error." }),
  "rx-dropped": Type.Uint64({ description: "Packets received and dropped." }),
  "tx-bytes": Type.Uint64({ description: "Bytes sent." }),
  "tx-packets": Type.Uint64({ description: "Packets sent." }),
  "tx-errs": Type.Uint64({ description: "Packets that failed to be sent." }),
  "tx-dropped": Type.Uint64({ description: "Packets dropped instead of being sent." }),
});

const Interface = Type.Object({
  name: Type.String(),
  "hardware-address": Type.Optional(Type.String({ description: 'For instance "52:54:00:12:34:56"; all zeros for one without its own.' })),
  "ip-addresses": Type.Optional(Type.Array(Address, { description: "Missing if there is none." })),
  statistics: Type.Optional(Statistics),
});

export default definePlugin({
  name: "network",
  needs: { interfaces: NetworkInterfaces, files: Files },
  commands: ({ interfaces, files }) => [
    command({
      name: "guest-network-get-interfaces",
      since: "1.1",
      summary: "Lists the network interfaces with their hardware and IP addresses, and the counters of those that have an IP address.",
      profile: "observe",
      returns: Type.Array(Interface),
      parity: "same",
      run: (_, { log }) => describeInterfaces(interfaces, files, log),
    }),
    command({
      name: "guest-network-get-route",
      since: "9.1",
      summary: "Lists the routes of the main table, those of IPv4 first.",
      profile: "observe",
      returns: Type.Array(Route),
      parity: "better: metrics and flags are unsigned as the kernel's, and a guest without IPv6 has its other routes",
      supported: onlyOn(["linux", "win32"], "lodger can't read the routes of macOS yet"),
      run: async (_, { log }) => (await routesOf(interfaces)) ?? listRoutes(files, log),
    }),
  ],
});
