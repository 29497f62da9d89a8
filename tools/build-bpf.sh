#!/bin/sh
# bpf/*.bpf.c in, build/bpf/*.bpf.o out. Only what is older than its sources is built again.
# Needs clang and the libbpf headers (Debian: apt-get install clang libbpf-dev); the target host needs neither.
# Without them it says so and succeeds, because the product runs without kernel sensors too; `--strict` makes it an error.
set -eu
cd "$(dirname "$0")/.."
output=build/bpf
strict=${1:-}
case "$(uname -m)" in
x86_64) target=x86 ;;
aarch64) target=arm64 ;;
*) echo "build-bpf: no kernel programs for $(uname -m); the kernel sensors will be unavailable" >&2; exit 0 ;;
esac
cannot() {
  echo "build-bpf: $1 Install it (Debian, Ubuntu: apt-get install clang libbpf-dev) and run again." >&2
  [ "${strict}" = --strict ] && exit 2
  echo 'build-bpf: the kernel sensors will be unavailable until then.' >&2
  exit 0
}
mkdir -p "$output"
headers="$(ls -t bpf/*.h | head -n 1)"
for source in bpf/*.bpf.c; do
  object="$output/$(basename "$source" .c).o"
  if [ -e "$object" ] && [ "$object" -nt "$source" ] && [ "$object" -nt "$headers" ] && [ "$object" -nt tools/build-bpf.sh ]; then
    continue
  fi
  if ! command -v clang >/dev/null 2>&1; then
    cannot 'clang is missing.'
  fi
  if [ ! -e /usr/include/bpf/bpf_helpers.h ]; then
    cannot 'the libbpf headers are missing.'
  fi
  warnings=
  if [ "$strict" = --strict ]; then warnings=-Werror; fi # other versions of clang may warn of other things
  # -mcpu=v3: kernels since 5.1, below the oldest one with a ring buffer (5.8).
  clang -g -O2 -mcpu=v3 -target bpf "-D__TARGET_ARCH_$target" -Wall $warnings -Wno-unused-function \
    -c "$source" -o "$object.$$"
  # Line information is not needed at run time; the type information (BTF) is.
  if command -v llvm-strip >/dev/null 2>&1; then llvm-strip -g "$object.$$"; fi
  mv "$object.$$" "$object"
done
