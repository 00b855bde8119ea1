/** launchd of macOS. */
import { agentArguments, type ServiceInput, type ServicePlan } from "./plan.ts";

const LABEL = "lodger";
const PLIST = `/Library/LaunchDaemons/${LABEL}.plist`;

export function launchdPlan({ program, channel }: ServiceInput): ServicePlan {
  const words = [program, ...agentArguments(channel)].map((word) => `    <string>${escaped(word)}</string>`).join("\n");
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <true/>
  <key>ThrottleInterval</key>
  <integer>2</integer>
  <key>StandardErrorPath</key>
  <string>/var/log/lodger.log</string>
  <!-- what guest-exec has started goes on when the agent is started again -->
  <key>AbandonProcessGroup</key>
  <true/>
</dict>
</plist>
`;
  return {
    entries: [{ kind: "file", path: PLIST, mode: 0o644, text }],
    takeOver: () => ({}),
    stopOther: () => [],
    start: () => [
      { argv: ["launchctl", "bootout", `system/${LABEL}`], mayFail: true },
      { argv: ["launchctl", "bootstrap", "system", PLIST] },
    ],
    stop: [{ argv: ["launchctl", "bootout", `system/${LABEL}`], mayFail: true }],
    forget: [],
    startOther: () => [],
  };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
