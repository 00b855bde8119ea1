/** Whether there is something to compare with. Skipping is for developers' machines; in CI it would hide that nothing was compared. */
import { references } from "./reference.ts";

export async function available(): Promise<boolean> {
  const { found, missing } = await references();
  for (const each of missing) console.warn(`differential test: ${each}`);
  if (process.env.CI === "true" && missing.length > 0) throw new Error(`nothing to compare with: ${missing.join("; ")}`);
  if (found.length === 0) console.warn("differential test: skipped, there is no qemu-ga at all");
  return found.length > 0;
}
