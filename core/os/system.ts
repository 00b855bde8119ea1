/** Which implementation stands behind each port on this operating system. */
import { type DependencyContainer, instanceCachingFactory } from "tsyringe";
import type { Token } from "../token.ts";
import { Accounts, HomeFiles } from "./accounts.ts";
import { BlockDevices } from "./block-devices.ts";
import { ChildProcesses } from "./child-processes.ts";
import { Clock } from "./clock.ts";
import { Devices } from "./devices.ts";
import { FreezeGuard, Freezer } from "./freezer.ts";
import { LinuxAccounts } from "./linux/accounts.ts";
import { LinuxBlockDevices } from "./linux/block-devices.ts";
import { LinuxChildProcesses } from "./linux/child-processes.ts";
import { LinuxClock } from "./linux/clock.ts";
import { LinuxDevices } from "./linux/devices.ts";
import { LinuxFiles } from "./linux/files.ts";
import { LinuxFreezeGuard } from "./linux/freeze-guard.ts";
import { LinuxFreezer } from "./linux/freezer.ts";
import { LinuxHomeFiles } from "./linux/home-files.ts";
import { LinuxNetworkInterfaces } from "./linux/interfaces.ts";
import { LinuxMounts } from "./linux/mounts.ts";
import { LinuxProcesses } from "./linux/processes.ts";
import { LinuxStorage } from "./linux/storage.ts";
import { LinuxSystemInformation } from "./linux/system-information.ts";
import { LinuxVsockSockets } from "./linux/vsock.ts";
import { Files, Mounts, NetworkInterfaces, Processes } from "./ports.ts";
import { Storage } from "./storage.ts";
import { SystemInformation } from "./system-information.ts";
import { VsockSockets } from "./vsock.ts";

/** Each port is made when it is first asked for. */
export function registerSystem(container: DependencyContainer): void {
  const register = <T>(token: Token<T>, make: () => T) => container.register(token.key, { useFactory: instanceCachingFactory(make) });
  register(Files, () => new LinuxFiles());
  register(Processes, () => new LinuxProcesses());
  register(Mounts, () => new LinuxMounts());
  register(BlockDevices, () => new LinuxBlockDevices());
  register(Freezer, () => new LinuxFreezer());
  register(FreezeGuard, () => new LinuxFreezeGuard());
  register(NetworkInterfaces, () => new LinuxNetworkInterfaces());
  register(Devices, () => new LinuxDevices());
  register(Clock, () => new LinuxClock());
  register(SystemInformation, () => new LinuxSystemInformation());
  register(Accounts, () => new LinuxAccounts());
  register(HomeFiles, () => new LinuxHomeFiles());
  register(ChildProcesses, () => new LinuxChildProcesses());
  register(Storage, () => new LinuxStorage());
  register(VsockSockets, () => new LinuxVsockSockets());
}
