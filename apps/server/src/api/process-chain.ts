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

/** Things named in the evidence that a person may want to look at or act on; each once. */
export function entitiesOf(event: Event): (Entity & { label: string })[] {
  const entities: (Entity & { label: string })[] = []
  const add = (kind: Entity['kind'], value: string | number | undefined, label: string) => {
    if (value === undefined || value === '') return
    if (!entities.some((entity) => entity.kind === kind && entity.value === String(value)))
      entities.push({ kind, value: String(value), label })
  }
  add('process', event.process?.executable, 'Program')
  add('process', event.process?.parent?.executable, 'Parent program')
  if ('file' in event) {
    add('file', event.file.path, 'File')
    add('other', event.file.hash?.sha256, 'SHA-256 of the file')
  }
  add('other', event.process?.hash?.sha256, 'SHA-256 of the program')
  if ('source' in event && typeof event.source === 'object') add('address', event.source.address, 'Source address')
  if ('destination' in event && event.destination) {
    add('address', event.destination.address, 'Destination address')
    add('domain', event.destination.domain, 'Destination name')
  }
  if (event.type === 'dns.asked') add('domain', event.question.name, 'Name asked for')
  if (event.type === 'web.requested') add('url', event.web.url, 'Request')
  if (event.type === 'account.changed') add('account', event.account.name, 'Account')
  add('account', event.user?.name ?? event.process?.user?.name, 'User')
  add('container', event.container?.name ?? event.container?.id, 'Container')
  return entities
}
