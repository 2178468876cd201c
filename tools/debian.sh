#!/bin/sh
# System packages that slow tests use: a Slurm, a browser. Where they can't be installed, these tests are skipped.
set -u

PATH="$PATH:/usr/sbin:/sbin"
command -v chromium >/dev/null || { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1 || echo "chromium could not be installed by apt-get. The tests in a browser will be skipped"
if command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v munged >/dev/null; then
    exit 0
fi
skipped="The tests on Slurm will be skipped"
if ! command -v apt-get >/dev/null; then
    echo "No apt-get here to install slurm-wlm and munge with. $skipped"
elif [ "$(id -u)" -ne 0 ]; then
    echo "Only root can install slurm-wlm and munge: sudo tools/debian.sh. $skipped"
else
    # The services are not started: tests start their own, on other ports. A policy that forbids it
    # is put in place for the time being, where the system has none.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    install() { apt-get install -y --no-install-recommends slurm-wlm munge >/dev/null 2>&1; }
    install || { apt-get update >/dev/null 2>&1 && install; } ||
        echo "apt-get could not install slurm-wlm and munge. $skipped"
fi
exit 0
