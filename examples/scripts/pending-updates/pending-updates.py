#!/usr/bin/python3
"""guest-pending-updates: what waits for an update. Arguments as JSON on standard input, the result as JSON on standard output.

It changes nothing and fetches nothing: how fresh the answer is depends on the system's own 'apt-get update' or 'dnf makecache'.
"""
import json
import os
import re
import shutil
import subprocess
import sys

# "Inst bash [5.2.15-2] (5.2.15-3 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [amd64]) []"
APT_LINE = re.compile(r"^Inst (?P<name>\S+) (?:\[(?P<installed>[^\]]*)\] )?\((?P<candidate>\S+) (?P<origin>[^\[)]*)")
# "bash.x86_64    5.2.26-3.el9    baseos"
DNF_LINE = re.compile(r"^(?P<name>\S+)\.[a-z0-9_]+\s+(?P<candidate>\S+)\s+\S+\s*$")
# "RHSA-2026:1 Important/Sec. bash-5.2.26-3.el9.x86_64"
DNF_ADVISORY = re.compile(r"/Sec\.\s+(?P<name>\S+)-[^-]+-[^-]+$")


class Failed(Exception):
    """Its text is for the client."""


def output_of(*command, success=(0,)):
    """Runs a program in the C locale. What it prints to standard error goes to lodger's log."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C"})
    if done.returncode not in success:
        raise Failed(f"{command[0]} failed with exit status {done.returncode}")
    return done.stdout


def from_apt():
    # A simulation needs no lock and no root; kept-back packages are pending, too.
    text = output_of("apt-get", "--simulate", "-o", "Debug::NoLocking=true", "dist-upgrade")
    packages = []
    for match in filter(None, map(APT_LINE.match, text.splitlines())):
        # Without an installed version it is new, and comes with another one's update.
        if match["installed"] is not None:
            security = "security" in match["origin"].lower()
            packages.append({**match.groupdict(), "security": security})
            del packages[-1]["origin"]
    return packages, os.path.exists("/run/reboot-required")


def from_dnf():
    cached = ("dnf", "--quiet", "--cacheonly")
    advisories = output_of(*cached, "updateinfo", "list", "--security")
    security = {match["name"] for match in filter(None, map(DNF_ADVISORY.search, advisories.splitlines()))}
    listed = output_of(*cached, "check-update", success=(0, 100)).split("Obsoleting Packages")[0]
    packages = [{**match.groupdict(), "security": match["name"] in security} for match in filter(None, map(DNF_LINE.match, listed.splitlines()))]
    restart = shutil.which("needs-restarting") is not None and subprocess.run(["needs-restarting", "-r"], stdout=subprocess.DEVNULL).returncode == 1
    return packages, restart


def main():
    wanted = json.load(sys.stdin)
    for manager, ask in (("apt", from_apt), ("dnf", from_dnf)):
        if shutil.which("apt-get" if manager == "apt" else manager):
            break
    else:
        raise Failed("neither apt-get nor dnf is installed")
    packages, restart = ask()
    packages.sort(key=lambda package: package["name"])
    security = [package for package in packages if package["security"]]
    shown = security if wanted.get("security-only") else packages
    result = {
        "manager": manager,
        "count": len(packages),
        "security": len(security),
        "restart-required": restart,
        "packages": shown[: max(0, wanted.get("limit", len(shown)))],
    }
    print(json.dumps(result))


try:
    main()
except Failed as failure:
    print(json.dumps({"error": str(failure)}))
    sys.exit(1)
