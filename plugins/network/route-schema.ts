/** A route as guest-network-get-route answers it. */
import { type Static, Type } from "../../core/plugin.ts";

const onlyIpv4 = (description: string) => Type.Optional(Type.Int64({ description: `${description} IPv4 only.` }));
const onlyIpv6 = (description: string) => Type.Optional(Type.String({ description: `${description} IPv6 only.` }));

export const Route = Type.Object({
  iface: Type.String({ description: 'Name of the interface; "*" for a route that leads nowhere.' }),
  destination: Type.String({ description: "Address of the network." }),
  metric: Type.Int64({ description: "Routes with a smaller one are preferred." }),
  gateway: Type.Optional(Type.String({ description: "0.0.0.0 for a network without one. IPv4 only." })),
  mask: Type.Optional(Type.String({ description: "IPv4 only." })),
  irtt: onlyIpv4("Initial round trip time in milliseconds; 0 for the default."),
  flags: Type.Optional(Type.Uint64({ description: "Bits of the kernel's RTF_ constants." })),
  refcnt: Type.Optional(Type.Int64({ description: "References to the route; 0 for IPv4." })),
  use: Type.Optional(Type.Int64({ description: "Lookups; 0 for IPv4." })),
  window: onlyIpv4("TCP window in bytes; 0 for the default."),
  mtu: onlyIpv4("Bytes; 0 for the interface's."),
  desprefixlen: onlyIpv6("Length of the destination's prefix, in decimal."),
  source: onlyIpv6("Network of the senders that the route is for."),
  srcprefixlen: onlyIpv6("Length of the source's prefix, in decimal."),
  nexthop: onlyIpv6('Address of the gateway; "::" without one.'),
  version: Type.Int64({ description: "4 or 6." }),
});

export type Route = Static<typeof Route>;
