/** Where the agent's files are on this system, unless it is told otherwise. */

export interface AgentPlaces {
  readonly qemuConfig: string;
  readonly adminConfig: string;
  readonly plugins: string;
  readonly scripts: string;
  readonly state: string;
  readonly pidFile: string;
}

/** @param environment has ProgramData on Windows, where another drive can be the system's. */
export function agentPlaces(platform: NodeJS.Platform, environment: Readonly<Record<string, string | undefined>>): AgentPlaces {
  if (platform !== "win32") {
    return {
      qemuConfig: "/etc/qemu/qemu-ga.conf",
      adminConfig: "/etc/lodger/lodger.toml",
      plugins: "/etc/lodger/plugins",
      scripts: "/etc/lodger/commands",
      state: "/var/run",
      pidFile: "/var/run/qemu-ga.pid",
    };
  }
  const folder = `${environment.ProgramData || "C:\\ProgramData"}\\lodger`;
  return {
    qemuConfig: `${folder}\\qemu-ga.conf`,
    adminConfig: `${folder}\\lodger.toml`,
    plugins: `${folder}\\plugins`,
    scripts: `${folder}\\commands`,
    state: `${folder}\\state`,
    pidFile: `${folder}\\state\\lodger.pid`,
  };
}

export const PLACES: AgentPlaces = agentPlaces(process.platform, process.env);
