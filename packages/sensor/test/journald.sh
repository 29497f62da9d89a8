#!/bin/sh
# A journal daemon of its own for a test, in a mount namespace: `unshare --mount --propagation private sh journald.sh DIR`.
# DIR/run stands in for /run; the journal is in DIR/run/log/journal; the daemon ends with this script.
set -eu
dir=$1
machine=0123456789abcdef0123456789abcdef
mkdir -p "$dir/run/systemd/journal" "$dir/run/log/journal/$machine"
echo $machine >"$dir/machine-id"
# An empty Audit= leaves the kernel's auditing as it is.
printf '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=\nForwardToWall=no\n' >"$dir/journald.conf"
mount --bind "$dir/machine-id" /etc/machine-id
mkdir -p "$dir/etc"
mount --bind "$dir/run" /run
mkdir -p /run/systemd/journald.conf.d
cp "$dir/journald.conf" /run/systemd/journald.conf.d/test.conf
exec /usr/lib/systemd/systemd-journald
