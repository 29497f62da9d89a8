/**
 * Shell that mounts an overlay of the root file system at $1, with the script $2 as its `day`, and moves into it. The mount
 * namespace that it runs in ends with it, and the layer is thrown away.
 */
export const enterOverlay = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o lowerdir=/,upperdir="$1/upper",workdir="$1/work" "$1/root"
mkdir -p "$1/root/old"
cp "$2" "$1/root/usr/local/bin/day"
for one in proc sys dev; do mount --rbind "/$one" "$1/root/$one"; done
mount -t tmpfs tmpfs "$1/root/tmp"; chmod 1777 "$1/root/tmp"
mount -t tmpfs tmpfs "$1/root/run"
cd "$1/root"
pivot_root . old
umount -l /old
`
