#!/bin/sh
# Prints {"one": 0.25, "five": 0.17, "fifteen": 0.11}
read -r one five fifteen _ </proc/loadavg
printf '{"one": %s, "five": %s, "fifteen": %s}\n' "$one" "$five" "$fifteen"
