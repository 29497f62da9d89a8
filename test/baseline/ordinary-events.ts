/** Events of a recording → those of the recorded script, without what belongs to the machine or repeats itself. */
import type { Event } from '@rampart/event'

const boot = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
/** Addresses in fields, but not loopback; command lines keep theirs. */
const address = /(?<="address":")(?!127\.|0\.0\.0\.0)(\d{1,3}\.){3}\d{1,3}(?=")/g
/** Where the machine takes its packages from. */
const mirror = /[a-z0-9.-]+(?=\/debian\b|_debian_dists)/g
/** A package of a thousand files is told by a few. */
const perPlace = 12

/**
 * Keeps what descends from `root` after it became the script, cuts the ancestors above it, replaces addresses by documentation
 * ones (the same by the same) and boot ids by counters, and leaves out process ends and the many equal file events of packages.
 */
export function ordinaryEvents(events: readonly Event[], root: number): Event[] {
  const begun = events.findIndex(
    (event) =>
      event.type === 'process.started' && event.process.pid === root && /\bday$/.test(event.process.commandLine ?? ''),
  )
  const seen = new Map<string, number>()
  const boots = new Map<string, string>()
  const addresses = new Map<string, string>()
  const rename = (names: Map<string, string>, name: string, make: (count: number) => string) => {
    const known = names.get(name) ?? make(names.size + 1)
    names.set(name, known)
    return known
  }
  const kept: Event[] = []
  for (const event of events.slice(begun + 1)) {
    const cut = event.process?.ancestors?.findIndex(({ pid }) => pid === root) ?? -1
    if (cut < 0 || event.type === 'process.ended' || isRepeat(event, seen)) continue
    const copy = structuredClone(event)
    delete copy.receivedAt
    // The text of packages is theirs; what people and tools write here is short.
    if ('content' in copy && (copy.content?.length ?? 0) > 300) delete copy.content
    if (copy.process?.ancestors) {
      copy.process.ancestors = copy.process.ancestors.slice(0, cut + 1)
      delete copy.process.arguments
      const shell = copy.process.ancestors[cut]
      if (shell) shell.commandLine = '-bash'
    }
    const text = JSON.stringify(copy)
      .replace(boot, (id) => rename(boots, id, (count) => `boot${count}`))
      .replace(mirror, 'packages.example.org')
      .replace(address, (text) => rename(addresses, text, (count) => `198.51.100.${count % 250}`))
    kept.push(JSON.parse(text) as Event)
  }
  return kept
}

function isRepeat(event: Event, seen: Map<string, number>): boolean {
  if (!('file' in event) || typeof event.file !== 'object') return false
  const place = event.file.path.slice(0, event.file.path.lastIndexOf('/'))
  const key = `${event.type} ${event.process?.executable} ${place}`
  const count = (seen.get(key) ?? 0) + 1
  seen.set(key, count)
  return count > perPlace
}
