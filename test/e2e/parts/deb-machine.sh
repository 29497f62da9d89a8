#!/bin/sh
# Installs, removes and purges a .deb (first argument) on a copy-on-write view of this machine without Node, in a scratch folder
# (second argument). Run it in a mount namespace of its own. Prints one line a step: its name and what came of it.
set -eu
deb=$1
scratch=$2
mount -t tmpfs none "$scratch"
mkdir -p "$scratch/upper" "$scratch/work" "$scratch/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
mount -t proc proc "$scratch/root/proc"
mount --bind /dev "$scratch/root/dev"
mount -t tmpfs none "$scratch/root/run"
cp "$deb" "$scratch/root/agent.deb"
exec chroot "$scratch/root" /bin/sh -c '
rm -f /usr/bin/node /usr/bin/npm
# What an installation on this host left is not of the copy.
rm -rf /var/lib/rampart /opt/rampart-agent
state=/var/lib/rampart/agent
step() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name yes"; else echo "$name no"; fi; }
step installs dpkg -i /agent.deb
echo "version $(rampart-agent --version)"
echo "current $(readlink /opt/rampart-agent/current)"
step unit test -e /lib/systemd/system/rampart-agent.service
echo "{}" >$state/identity.json
step removes-while-enrolled dpkg -r rampart-agent
: >$state/uninstall-allowed
step removes-when-allowed dpkg -r rampart-agent
step keeps-state test -e $state/identity.json
step installs-again dpkg -i /agent.deb
step purges dpkg -P rampart-agent
step state-is-gone test ! -e $state
step program-is-gone test ! -e /opt/rampart-agent
'
