/** Evidence → the chain of processes, oldest first, and the other entities named in it. */
import type { ChainProcess, Entity } from '@rampart/api'
import type { Ancestor, Event, Process } from '@rampart/event'

const lastInstant = Date.UTC(9999, 11, 31)

/** RFC 3339. Times come from agents: one that no calendar has is shown as the nearest that it has. */
export const iso = (at: number) => new Date(Math.min(Math.max(at, 0), lastInstant)).toISOString()

/** From the oldest known ancestor to the process of the evidence, which is marked. Empty without a process. */
export function processChain(event: Event): ChainProcess[] {
  const { process } = event
  if (!process) return []
  const ancestors = process.ancestors ?? (process.parent ? [process.parent] : [])
  return [...ancestors]
    .reverse()
    .map((one) => view(one, false))
    .concat(view(process, true, event.user?.name))
}

function view(process: Ancestor | Process, marked: boolean, user?: string): ChainProcess {
  return {
    entityId: process.entityId,
    pid: process.pid,
    name: process.name ?? process.executable?.split('/').pop() ?? null,
    executable: process.executable ?? null,
    commandLine: process.commandLine ?? null,
    user: process.user?.name ?? user ?? (process.user?.id === undefined ? null : String(process.user.id)),
    startedAt: process.startedAt === undefined ? null : iso(process.startedAt),
    marked,
  }
}

/** Things named in the evidence that a person may want to look at or act on; each once, with the field where it stands. */
export function entitiesOf(event: Event): (Entity & { label: string; field: string })[] {
  const entities: (Entity & { label: string; field: string })[] = []
  const add = (kind: Entity['kind'], value: string | number | undefined, label: string, field: string) => {
    if (value === undefined || value === '') return
    if (!entities.some((entity) => entity.kind === kind && entity.value === String(value)))
      entities.push({ kind, value: String(value), label, field })
  }
  add('process', event.process?.executable, 'Program', 'process.executable')
  add('process', event.process?.parent?.executable, 'Parent program', 'process.parent.executable')
  if ('file' in event) {
    add('file', event.file.path, 'File', 'file.path')
    add('other', event.file.hash?.sha256, 'SHA-256 of the file', 'file.hash.sha256')
  }
  add('other', event.process?.hash?.sha256, 'SHA-256 of the program', 'process.hash.sha256')
  if ('source' in event && typeof event.source === 'object')
    add('address', event.source.address, 'Source address', 'source.address')
  if ('destination' in event && event.destination) {
    add('address', event.destination.address, 'Destination address', 'destination.address')
    add('domain', event.destination.domain, 'Destination name', 'destination.domain')
  }
  if (event.type === 'dns.asked') add('domain', event.question.name, 'Name asked for', 'question.name')
  if (event.type === 'web.requested') add('url', event.web.url, 'Request', 'web.url')
  if (event.type === 'account.changed') add('account', event.account.name, 'Account', 'account.name')
  if (event.user?.name === undefined) add('account', event.process?.user?.name, 'User', 'process.user.name')
  else add('account', event.user.name, 'User', 'user.name')
  if (event.container?.name === undefined) add('container', event.container?.id, 'Container', 'container.id')
  else add('container', event.container.name, 'Container', 'container.name')
  return entities
}
