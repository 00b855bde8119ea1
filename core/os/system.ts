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
import { PowerControl } from "./power-control.ts";
import { Storage } from "./storage.ts";
import { SystemInformation } from "./system-information.ts";
import { VsockSockets } from "./vsock.ts";

export type Register = <T>(token: Token<T>, make: () => T) => void;

let registerAll: (register: Register) => void = registerLinux;

/**
 * To be called first of all where the system may be another than Linux: loads what is for that one. Linux's is there at once, because an
 * agent's start there should wait for nothing.
 * @throws Error where there is nothing for this system.
 */
export async function loadSystem(platform: NodeJS.Platform = process.platform): Promise<void> {
  if (platform === "win32") registerAll = (await import("./windows/system.ts")).windowsSystem();
  else if (platform === "darwin") registerAll = (await import("./darwin/system.ts")).macSystem();
  else if (platform !== "linux") throw new Error(`there is no lodger for this system (${platform}): it knows Linux, Windows and macOS`);
}

/** Each port is made when it is first asked for. */
export function registerSystem(container: DependencyContainer): void {
  registerAll((token, make) => container.register(token.key, { useFactory: instanceCachingFactory(make) }));
}

function registerLinux(register: Register): void {
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
  register(PowerControl, () => ({}));
}
