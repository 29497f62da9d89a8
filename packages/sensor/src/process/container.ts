/** Names of a cgroup in, the container it belongs to out. Works for cgroup v1 and v2, with and without systemd. */
import type { Container } from '@rampart/event'

const prefixes: readonly [prefix: string, runtime: string][] = [
  ['docker-', 'docker'],
  ['cri-containerd-', 'containerd'],
  ['nerdctl-', 'containerd'],
  ['crio-', 'cri-o'],
  ['libpod-', 'podman'],
]
const parents: Record<string, string> = { docker: 'docker', libpod_parent: 'podman', 'libpod_parent.slice': 'podman' }
const id = /^[0-9a-f]{64}$/

/**
 * `names` are the components of the cgroup path, leaf first. A container's own sub-groups (an init scope, a payload
 * group of podman) lie below the name that carries the id, so each of the names is tried.
 */
export function containerOf(names: readonly string[]): Container | undefined {
  for (const [index, name] of names.entries()) {
    // A runtime that was told the wrong cgroup driver makes one name of three: `<slice>:cri-containerd:<id>`.
    const joined = /:(cri-containerd|crio|docker|libpod):([0-9a-f]{64})$/.exec(name)
    const whole = joined ? `${joined[1]}-${joined[2]}` : name
    const bare = whole.endsWith('.scope') ? whole.slice(0, -'.scope'.length) : whole
    const known = prefixes.find(([prefix]) => bare.startsWith(prefix))
    const candidate = known ? bare.slice(known[0].length) : bare
    if (!id.test(candidate)) continue
    const runtime = known?.[1] ?? parents[names[index + 1] ?? '']
    return { id: candidate, ...(runtime && { runtime }) }
  }
  return undefined
}
