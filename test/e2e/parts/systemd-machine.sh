#!/bin/sh
# Becomes a machine of its own whose first process is systemd: a copy-on-write view of this one without Node, in namespaces of its
# own; the project is at /srv/rampart. Run it as the first process of new pid, mount, network, uts, ipc and cgroup namespaces: systemd-machine.sh SCRATCH REPOSITORY.
set -eu
scratch=$1
repository=$2
mount -t tmpfs none "$scratch"
mkdir -p "$scratch/upper" "$scratch/work" "$scratch/root"
root=$scratch/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$root"
# Services see neither the temporary files nor the home directories that the project may lie in.
mkdir -p "$root/srv/rampart"
mount --bind "$repository" "$root/srv/rampart"
mount -o remount,bind,ro "$root/srv/rampart"
mount -t proc proc "$root/proc"
# Variables of the kernel are of the whole host.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup "$root/sys/fs/cgroup"
mount -t tmpfs none "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
for link in fd:/proc/self/fd stdin:/proc/self/fd/0 stdout:/proc/self/fd/1 stderr:/proc/self/fd/2; do
  ln -s "${link#*:}" "$root/dev/${link%%:*}"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for folder in dev/shm run tmp; do mount -t tmpfs none "$root/$folder"; done
ip link set lo up
rm -f "$root/usr/bin/node" "$root/usr/bin/npm"
# What an installation on this host left is not the machine's.
rm -rf "$root/var/lib/rampart" "$root/opt/rampart-agent"

units=$root/etc/systemd/system
rm -rf "$units"/*.wants
cat >"$units/machine.target" <<'TARGET'
[Unit]
Requires=basic.target systemd-journald.service
After=basic.target
TARGET
# What belongs to the hardware and the kernel of the host.
for unit in systemd-udevd.service systemd-udev-trigger.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
  systemd-sysctl.service systemd-modules-load.service systemd-random-seed.service systemd-remount-fs.service \
  systemd-timesyncd.service sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount modprobe@.service; do
  ln -sf /dev/null "$units/$unit"
done
cd "$root"
pivot_root . mnt
umount -l /mnt
exec env -i container=rampart PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=machine.target --log-target=journal --log-level=notice --show-status=no
