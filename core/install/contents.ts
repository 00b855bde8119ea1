/** Files of an installation that are the same whatever starts the agent. */
import { DEFAULT_ADMIN_CONFIG } from "../config/options.ts";

export const CONFIG_FOLDER = "/etc/lodger";
export const CONFIG_FILE = DEFAULT_ADMIN_CONFIG;
export const STATE_FOLDER = "/var/lib/lodger";
export const LOGROTATE_FILE = "/etc/logrotate.d/lodger";

/** Says nothing: what isn't said is as in qemu-ga. */
export const CONFIG = `# What the host may do in this machine, and how lodger runs. Nothing is set here: then everything is allowed, as
# in qemu-ga. 'lodger config check' says what is wrong with this file, 'lodger policy explain COMMAND' which line
# decides. The agent reads it again when it changes.

# [agent]                          # options of the command line, without the dashes: lodger --help
# freeze-lease = 600               # seconds after which a freeze ends by itself

# [policy]
# profile = "backup"               # observe, backup, standard or full: lodger policy profiles
# allow = ["guest-get-users"]      # more commands
# block = ["guest-exec*"]          # a block always wins

# [[policy.allow-if]]              # only these programs
# commands = ["guest-exec"]
# arguments.path.program = ["/usr/bin/uptime", "/usr/bin/df"]

# [audit]                          # one line for each command
# file = "/var/log/lodger/audit.jsonl"
# journal = true
`;

/** The agent makes a file anew that was renamed: nobody has to be told. */
export const LOGROTATE = `/var/log/lodger/*.jsonl {
    weekly
    rotate 13
    missingok
    notifempty
    nocreate
    compress
    delaycompress
}
`;
