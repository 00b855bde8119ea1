/** Which implementation stands behind each port on this operating system. */
import { type DependencyContainer, instanceCachingFactory } from "tsyringe";
import type { Token } from "../token.ts";
import { Devices } from "./devices.ts";
import { LinuxDevices } from "./linux/devices.ts";
import { LinuxFiles } from "./linux/files.ts";
import { LinuxFreezer } from "./linux/freezer.ts";
import { LinuxNetworkInterfaces } from "./linux/interfaces.ts";
import { LinuxMounts } from "./linux/mounts.ts";
import { LinuxProcesses } from "./linux/processes.ts";
import { Files, Freezer, Mounts, NetworkInterfaces, Processes } from "./ports.ts";

/** Each port is made when it is first asked for. */
export function registerSystem(container: DependencyContainer): void {
  const register = <T>(token: Token<T>, make: () => T) => container.register(token.key, { useFactory: instanceCachingFactory(make) });
  register(Files, () => new LinuxFiles());
  register(Processes, () => new LinuxProcesses());
  register(Mounts, () => new LinuxMounts());
  register(Freezer, () => new LinuxFreezer());
  register(NetworkInterfaces, () => new LinuxNetworkInterfaces());
  register(Devices, () => new LinuxDevices());
}
