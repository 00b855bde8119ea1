/** This program's version. */
export const LODGER_VERSION = "0.1.0";

/** Level of qemu-ga's interface that is spoken, error texts included. */
export const INTERFACE_VERSION = "10.2.0";

/** What guest-info reports: clients choose what to expect by the level in front. */
export const AGENT_VERSION = `${INTERFACE_VERSION}+lodger.${LODGER_VERSION}`;
