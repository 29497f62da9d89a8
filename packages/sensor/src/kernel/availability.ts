/** What this host lacks for the kernel sensors, in words that say what to do; undefined when nothing is missing. */
import { existsSync, readFileSync } from 'node:fs'

export function whyUnavailable(): string | undefined {
  if (process.platform !== 'linux') return `The kernel sensors need Linux; this is ${process.platform}.`
  if (process.arch !== 'x64' && process.arch !== 'arm64')
    return `The kernel sensors run on x86-64 and arm64; this is ${process.arch}.`
  if (!mayLoadPrograms() && process.getuid?.() === 0)
    return 'Root without the capabilities for eBPF (CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN). In a container start it with --privileged.'
  if (!mayLoadPrograms())
    return 'Not root: the kernel sensors need root (or CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_PTRACE). Start the agent as root.'
  if (!existsSync('/sys/kernel/btf/vmlinux'))
    return (
      'The kernel has no type information (/sys/kernel/btf/vmlinux is missing). ' +
      'Use a kernel built with CONFIG_DEBUG_INFO_BTF: Debian 11+, Ubuntu 20.10+, RHEL 8.2+ have it; see also that /sys is mounted.'
    )
  return undefined
}

const capabilitySysAdmin = 21n
const capabilityPerfmon = 38n
const capabilityBpf = 39n

/** Reads the effective capabilities; user id 0 alone says nothing inside a container. */
function mayLoadPrograms(): boolean {
  try {
    const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))
    const effective = BigInt(`0x${line?.[1] ?? '0'}`)
    const has = (capability: bigint) => ((effective >> capability) & 1n) === 1n
    return has(capabilitySysAdmin) || (has(capabilityBpf) && has(capabilityPerfmon))
  } catch {
    return process.getuid?.() === 0
  }
}
