/** lodger.toml and the files beside it -> the admin's configuration. Loaded only where there is such a file. */
import type { AdminConfig } from "./admin-config.ts";
import { NO_ADMIN_CONFIG } from "./admin-config.ts";
import { Problems } from "./problems.ts";

/**
 * @param files in any order.
 * @throws StartError naming everything that is wrong.
 */
export function readAdminConfig(files: readonly string[]): AdminConfig {
  const problems = new Problems();
  const config = { ...NO_ADMIN_CONFIG, files };
  problems.refuse();
  return config;
}
