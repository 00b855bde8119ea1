/** Everything that is fuzzed: whatever takes bytes from a host, a guest, a plugin, an admin's file or the kernel. */
import type { Target } from "./engine/target.ts";
import { AGENTS } from "./targets/agents.ts";
import { AUDIT } from "./targets/audit.ts";
import { CONFIG } from "./targets/config.ts";
import { CONFINED } from "./targets/confined.ts";
import { BASE64, FRAMING } from "./targets/framing.ts";
import { HOST } from "./targets/host.ts";
import { ISOLATED } from "./targets/isolated.ts";
import { PLAN } from "./targets/plan.ts";
import { PROC } from "./targets/proc.ts";
import { SYSFS } from "./targets/sysfs.ts";

export const TARGETS: readonly Target[] = [FRAMING, BASE64, AGENTS, ...HOST, ...CONFIG, ...PROC, SYSFS, PLAN, ...ISOLATED, AUDIT, CONFINED];
