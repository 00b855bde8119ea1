/** The service managers that there are, and which one a system has. */
import { StartError } from "../config/start-error.ts";
import { launchdPlan } from "./launchd.ts";
import { openrcOthers, openrcPlan } from "./openrc.ts";
import { type Command, SERVICES, type ServiceInput, type ServiceName, type ServicePlan } from "./plan.ts";
import { runitOthers, runitPlan } from "./runit.ts";
import { type SystemdFiles, systemdOthers, systemdPlan, systemdRuns } from "./systemd.ts";

interface Service {
  readonly plan: (input: ServiceInput) => ServicePlan;
  /** Names of other agents that are set to open the port. */
  readonly others: (files: SystemdFiles) => readonly string[];
  /** What asks whether such a one runs, by its status; without it, it does. */
  readonly runs?: (name: string) => Command;
  /** One of these is there while it runs the system. */
  readonly signs: readonly string[];
  /** One of these is there where it is installed, in an image. */
  readonly programs: readonly string[];
}

export const services: Readonly<Record<ServiceName, Service>> = {
  systemd: {
    plan: systemdPlan,
    others: systemdOthers,
    runs: systemdRuns,
    signs: ["/run/systemd/system"],
    programs: ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"],
  },
  openrc: {
    plan: openrcPlan,
    others: ({ exists }) => openrcOthers(exists),
    signs: ["/run/openrc"],
    programs: ["/sbin/openrc-run", "/usr/sbin/openrc-run"],
  },
  runit: {
    plan: runitPlan,
    others: ({ exists }) => runitOthers(exists),
    signs: ["/run/runit", "/run/runit.stopit", "/etc/runit/stopit"],
    programs: ["/usr/bin/runit", "/sbin/runit", "/usr/sbin/runit"],
  },
  launchd: { plan: launchdPlan, others: () => [], signs: ["/System/Library/LaunchDaemons"], programs: ["/System/Library/LaunchDaemons"] },
};

/** @param isImage nothing runs there. @throws StartError if it has none that is known. */
export function detectService(exists: (path: string) => boolean, isImage: boolean): ServiceName {
  const found = SERVICES.find((name) => services[name][isImage ? "programs" : "signs"].some(exists));
  if (found !== undefined) return found;
  throw new StartError(
    `no service manager that lodger knows ${isImage ? "is installed there" : "runs here"}: name one with --service (${SERVICES.join(", ")}), or start lodger by your own means`,
  );
}
