/** The script that a new server runs: fetches the package with its checksum known beforehand, then installs and enrols. */
import type { PackageStatement } from '@rampart/api'

export interface InstallScriptFacts {
  /** `https://host:port` of the agent port, made of characters that mean nothing to a shell. */
  origin: string
  pin: string
  packages: readonly PackageStatement[]
}

/** The token comes on standard input, so that it stands in no list of processes. */
export function installScript({ origin, pin, packages }: InstallScriptFacts): string {
  const cases = packages
    .map(
      ({ architecture, file, sha256 }) =>
        `  ${architecture === 'x64' ? 'x86_64' : 'aarch64'}) file=${file} sum=${sha256} ;;`,
    )
    .join('\n')
  return `#!/bin/sh
# Installs the Rampart agent on this host. The enrolment token is read from standard input.
set -eu
main() {
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || fail 'run this as root: the agent watches the whole host'
    exec sudo sh "$0"
  fi
  case $(uname -m) in
${cases}
  *) fail "the server has no package for $(uname -m): build one there with make agent-package" ;;
  esac
  for tool in curl tar gzip sha256sum; do
    command -v "$tool" >/dev/null 2>&1 || fail "$tool is missing: install it and run this again"
  done
  folder=$(mktemp -d)
  # Where the line put this script.
  case $0 in */tmp.??????????) own=$0 ;; *) own=$folder ;; esac
  trap 'rm -rf "$folder" "$own"' EXIT
  echo "Fetching $file" >&2
  curl -fsSk --retry 5 --pinnedpubkey '${pin}' -o "$folder/$file" '${origin}/packages/'"$file" </dev/null ||
    fail 'the package could not be fetched: is the agent port of the server open to this host? The line may also be too old: make a new one in the console'
  echo "$sum  $folder/$file" | sha256sum -c --quiet - >&2 || fail 'the package is damaged: try again'
  tar -xzf "$folder/$file" -C "$folder" --no-same-owner
  sh "$folder/\${file%.tar.gz}/install.sh"
}
fail() {
  echo "rampart-agent: $*" >&2
  exit 2
}
main
`
}
