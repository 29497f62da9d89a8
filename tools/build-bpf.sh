#!/bin/sh
# bpf/*.bpf.c in, build/bpf/*.bpf.o out. Only what is older than its sources is built again.
# Needs clang and the libbpf headers (Debian: apt-get install clang libbpf-dev); the target host needs neither.
set -eu
cd "$(dirname "$0")/.."
output=build/bpf
case "$(uname -m)" in
x86_64) target=x86 ;;
aarch64) target=arm64 ;;
*) echo "build-bpf: no kernel programs for $(uname -m); the kernel sensors will be unavailable" >&2; exit 0 ;;
esac
mkdir -p "$output"
headers="$(ls -t bpf/*.h | head -n 1)"
for source in bpf/*.bpf.c; do
  object="$output/$(basename "$source" .c).o"
  if [ -e "$object" ] && [ "$object" -nt "$source" ] && [ "$object" -nt "$headers" ] && [ "$object" -nt tools/build-bpf.sh ]; then
    continue
  fi
  if ! command -v clang >/dev/null 2>&1; then
    echo "build-bpf: clang is missing. Install it (Debian, Ubuntu: apt-get install clang libbpf-dev) and run again." >&2
    exit 2
  fi
  if [ ! -e /usr/include/bpf/bpf_helpers.h ]; then
    echo "build-bpf: the libbpf headers are missing. Install them (Debian, Ubuntu: apt-get install libbpf-dev) and run again." >&2
    exit 2
  fi
  # -mcpu=v3: kernels since 5.1, below the oldest one with a ring buffer (5.8).
  clang -g -O2 -mcpu=v3 -target bpf "-D__TARGET_ARCH_$target" -Wall -Werror -Wno-unused-function \
    -c "$source" -o "$object.new"
  # Line information is not needed at run time; the type information (BTF) is.
  if command -v llvm-strip >/dev/null 2>&1; then llvm-strip -g "$object.new"; fi
  mv "$object.new" "$object"
done
