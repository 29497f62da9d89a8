#!/usr/bin/env bash
# The kernel sensors' tests on Debian's own kernel, in QEMU without hardware acceleration (some ten minutes, 3 GB of memory):
# the build machine's kernel is not the one most hosts run. Needs a Debian host with apt-get; installs nothing, unpacks into build/vm.
# The host's root directory is the machine's, read-only below a layer in memory.
set -eu
cd "$(dirname "$0")/../.."
repository=$PWD
vm=$repository/build/vm
mkdir -p "$vm/packages" "$vm/root"

if [ ! -e "$vm/ready" ]; then
  kernel_package=$(apt-cache depends linux-image-amd64 | awk '/Depends/ { print $2; exit }')
  wanted=$(apt-get install --no-install-recommends -s qemu-system-x86 busybox-static | awk '/^Inst/ { print $2 }')
  # What is installed already need not be unpacked once more, but QEMU and busybox must be there in any case.
  (cd "$vm/packages" && apt-get download $wanted qemu-system-x86 busybox-static "$kernel_package")
  for package in "$vm"/packages/*.deb; do dpkg -x "$package" "$vm/root"; done
  touch "$vm/ready"
fi
kernel=$(ls "$vm"/root/boot/vmlinuz-* | head -n 1)
modules=$vm/root/lib/modules/$(basename "$kernel" | sed 's/^vmlinuz-//')
busybox=$(ls "$vm"/root/bin/busybox "$vm"/root/usr/bin/busybox 2>/dev/null | head -n 1)

rm -rf "$vm/initrd"
mkdir -p "$vm"/initrd/{bin,modules,proc,sys,dev,lower,upper,new}
cp "$busybox" "$vm/initrd/bin/busybox"
for name in virtio virtio_ring virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci netfs fscache 9pnet 9pnet_virtio 9p overlay; do
  find "$modules" -name "$name.ko" -exec cp {} "$vm/initrd/modules/" \;
done
cat >"$vm/initrd/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
# Modules need one another; three rounds put them in order.
for round in 1 2 3; do for module in /modules/*.ko; do insmod $module 2>/dev/null; done; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 hostroot /lower
mount -t tmpfs -o size=1500m upper /upper; mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /new
mount -t proc proc /new/proc; mount -t sysfs sys /new/sys; mount -t devtmpfs dev /new/dev
mount -t tmpfs tmp /new/tmp; mount -t cgroup2 cgroup /new/sys/fs/cgroup
mkdir -p /new/dev/shm; mount -t tmpfs shm /new/dev/shm
ip link set lo up
cp /tests.sh /bin/busybox /new/tmp/
exec switch_root /new /bin/sh /tmp/tests.sh
INIT
chmod +x "$vm/initrd/init"
cat >"$vm/initrd/tests.sh" <<TESTS
export PATH=$repository/node_modules/.bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root NO_COLOR=1 RAMPART_TEST_WAIT_MS=60000
cd $repository
echo "kernel \$(uname -r)"
for file in ${*:-packages/sensor/test/*.test.ts}; do
  echo "== \$file"
  node --test --test-reporter=spec --test-skip-pattern='2,000 starts' \$file || echo FAILED \$file
done
/tmp/busybox poweroff -f
TESTS
(cd "$vm/initrd" && find . | "$busybox" cpio -o -H newc 2>/dev/null | gzip -1 >"$vm/initrd.gz")

: >"$vm/output"
libraries=$(find "$vm/root" -name '*.so*' -printf '%h\n' | sort -u | tr '\n' ':')
LD_LIBRARY_PATH=$libraries timeout "${TIMEOUT:-1800}" "$vm/root/usr/bin/qemu-system-x86_64" \
  -L "$vm/root/usr/share/qemu" -L "$vm/root/usr/share/seabios" \
  -accel tcg,thread=multi -cpu max -smp 2 -m 3000 -display none -no-reboot -monitor none -serial "file:$vm/output" \
  -kernel "$kernel" -initrd "$vm/initrd.gz" -append 'console=ttyS0 panic=-1 quiet rdinit=/init' \
  -virtfs local,path=/,mount_tag=hostroot,security_model=none,readonly=on,multidevs=remap &
machine=$!
tail --pid=$machine -n +1 -f "$vm/output" || true
wait $machine
! grep -q '^FAILED' "$vm/output" && grep -q '^== ' "$vm/output"
