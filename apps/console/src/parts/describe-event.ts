/** An event → the one value that says most about it, for a line of the timeline. */

/** Paths by event type, tried in order; text found there is shown. */
const telling: Record<string, readonly string[]> = {
  'process.started': ['process.commandLine', 'process.executable'],
  'process.ended': ['process.commandLine', 'process.executable', 'process.name'],
  'process.accessed': ['target.executable', 'target.name'],
  'file.written': ['file.path'],
  'file.renamed': ['file.path'],
  'file.removed': ['file.path'],
  'file.linked': ['file.path'],
  'file.mode-changed': ['file.path'],
  'memory-file.created': ['name'],
  'network.connected': ['destination.domain', 'destination.address'],
  'network.accepted': ['source.address'],
  'network.listening': ['destination.address'],
  'dns.asked': ['question.name', 'name'],
  'logon.attempted': ['message', 'user.name'],
  'logon.ended': ['message', 'user.name'],
  'web.requested': ['request.url', 'url', 'message'],
  'log.recorded': ['message'],
  'account.changed': ['message', 'account.name'],
  'inventory.changed': ['name'],
  'module.loaded': ['path', 'module.name', 'name'],
  'audit.recorded': ['message'],
  'agent.state-changed': ['reason'],
  'cloud.called': ['fields.eventName'],
  'kubernetes.called': ['fields.requestURI'],
}
const otherwise = ['message', 'process.commandLine', 'process.executable', 'user.name']
const longest = 4_000

/** Returns the text, at most 4,000 characters, or an empty one when nothing fits. */
export function describeEvent(event: { type: string }): string {
  for (const path of [...(telling[event.type] ?? []), ...otherwise]) {
    const value = valueAt(event, path)
    if (typeof value === 'string' && value) return withPort(event, path, value).slice(0, longest)
  }
  return ''
}

/** The value at a dotted path, or undefined. */
export function valueAt(value: unknown, path: string): unknown {
  let at = value
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return at
}

function withPort(event: object, path: string, address: string): string {
  const [end, leaf] = path.split('.')
  if (leaf !== 'address' && leaf !== 'domain') return address
  const port = valueAt(event, `${end}.port`)
  if (typeof port !== 'number') return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
