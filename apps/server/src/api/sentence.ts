/** One event → one sentence that says what happened. Values are cut; they are hostile text, shown as text only. */
import type { Endpoint, Event, Process } from '@rampart/event'

const cut = (text: string, limit = 160) => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line
}

/** What happened, e.g. `bash (pid 4242, user root) opened a connection to 198.51.100.7:4444.` */
export function sentenceOf(event: Event): string {
  const times = event.count && event.count > 1 ? ` ${event.count} times` : ''
  return `${act(event)}${times}${place(event)}.`
}

function place(event: Event): string {
  if (!event.container) return ''
  return ` in container ${cut(event.container.name ?? event.container.id.slice(0, 12), 80)}`
}

function actor(event: Event): string {
  const { process } = event
  const user = event.user?.name ?? process?.user?.name ?? numbered(event.user?.id ?? process?.user?.id)
  if (!process) return user ? `User ${cut(user, 64)}` : 'Something'
  return `${nameOf(process)} (pid ${process.pid}${user ? `, user ${cut(user, 64)}` : ''})`
}

const numbered = (id: number | undefined) => (id === undefined ? undefined : `#${id}`)

function nameOf(process: Pick<Process, 'name' | 'executable'>): string {
  return cut(process.executable?.split('/').pop() || process.name || 'A process', 64)
}

function at(end: Endpoint | undefined): string {
  if (!end) return 'an unknown address'
  const address = end.address ?? end.domain ?? 'an unknown address'
  const host = address.includes(':') && end.port !== undefined ? `[${address}]` : address
  const named = end.domain && end.address ? ` (${cut(end.domain, 80)})` : ''
  return `${end.port === undefined ? host : `${host}:${end.port}`}${named}`
}

/** Fields of Windows events that say most, the most telling first. */
const windowsFields = [
  'CommandLine',
  'ScriptBlockText',
  'TargetObject',
  'ImagePath',
  'ServiceName',
  'TaskName',
  'TargetFilename',
  'QueryName',
  'DestinationIp',
  'ImageLoaded',
  'Image',
  'NewProcessName',
  'TargetUserName',
  'SubjectUserName',
  'IpAddress',
]
const fieldsSaid = 2

function said(fields: Record<string, unknown>): string {
  const named = windowsFields.filter(
    (name) => ['string', 'number'].includes(typeof fields[name]) && fields[name] !== '-',
  )
  const words = named.slice(0, fieldsSaid).map((name) => `${name} ${cut(String(fields[name]))}`)
  return words.length > 0 ? `: ${words.join(', ')}` : ''
}

function act(event: Event): string {
  const who = actor(event)
  switch (event.type) {
    case 'process.started': {
      const parent = event.process.parent ? `, started by ${nameOf(event.process.parent)},` : ''
      const command = event.process.commandLine ?? event.process.executable
      return `${who}${parent} ran${command ? ` ${cut(command)}` : ''}`
    }
    case 'process.ended':
      return `${who} ended`
    case 'process.accessed':
      return `${who} reached into the memory of ${nameOf(event.target)} (pid ${event.target.pid}) by ${event.operation}`
    case 'file.written':
      return `${who} ${event.created ? 'created' : 'wrote'} ${cut(event.file.path)}`
    case 'file.renamed':
      return `${who} renamed ${cut(event.previousPath)} to ${cut(event.file.path)}`
    case 'file.removed':
      return `${who} removed ${cut(event.file.path)}`
    case 'file.mode-changed':
      return `${who} changed the ${event.change} of ${cut(event.file.path)}${event.mode === undefined ? '' : ` to ${(event.mode & 0o7777).toString(8)}`}`
    case 'file.linked':
      return `${who} made ${cut(event.file.path)} a ${event.symbolic ? 'symbolic' : 'hard'} link to ${cut(event.target)}`
    case 'memory-file.created':
      return `${who} made a file in memory named ${cut(event.name, 64)}`
    case 'module.loaded':
      return `${who} ${event.operation === 'load' ? 'loaded' : 'removed'} the kernel module ${cut(event.module.name, 64)}`
    case 'network.connected':
      return `${who} opened a connection to ${at(event.destination)}`
    case 'network.accepted':
      return `${who} accepted a connection from ${at(event.source)} on port ${event.destination.port ?? 'unknown'}`
    case 'network.listening':
      return `${who} began to listen on ${at(event.destination)}`
    case 'network.alerted':
      return `The network sensor reported traffic from ${at(event.source)} to ${at(event.destination)}`
    case 'dns.asked':
      return `${who} asked for the name ${cut(event.question.name)} (${event.question.type})`
    case 'logon.attempted': {
      const account = cut(event.user?.name ?? 'an unknown account', 64)
      const from = event.source ? ` from ${at(event.source)}` : ''
      const how = event.method ? ` by ${cut(event.method, 32)}` : ''
      const result = event.outcome === 'success' ? 'logged on' : 'failed to log on'
      return `${account} ${result} through ${cut(event.service, 32)}${from}${how}`
    }
    case 'logon.ended':
      return `The ${cut(event.service, 32)} session of ${cut(event.user?.name ?? 'an unknown account', 64)} ended`
    case 'privilege.used': {
      const target = event.targetUser?.name ?? event.target
      return `${who} used ${event.operation}${target ? ` on ${cut(target)}` : ''}`
    }
    case 'account.changed':
      return `${who} changed the account ${cut(event.account.name, 64)}: ${event.operation.replaceAll('-', ' ')}`
    case 'inventory.changed':
      return `The ${event.kind.replaceAll('-', ' ')} ${cut(event.name)} was ${event.operation}`
    case 'web.requested':
      return `${at(event.source)} requested ${event.web.method} ${cut(event.web.url)}, answered with ${event.web.status}`
    case 'audit.recorded':
      return `The audit system recorded ${cut(String(event.fields.type ?? 'an act'), 64)} of ${who.replace(/^User/, 'user')}`
    case 'log.recorded':
      return `${cut(event.log.service, 64)} logged: ${cut(event.message)}`
    case 'windows.recorded':
      return `Windows recorded event ${event.eventId} of ${cut(event.channel, 64)}${said(event.fields)}`
    case 'cloud.called': {
      const identity = event.fields.userIdentity as { arn?: unknown; userName?: unknown } | undefined
      const caller = identity?.userName ?? identity?.arn ?? event.user?.name
      const from = event.source ? ` from ${at(event.source)}` : ''
      return `${caller ? cut(String(caller), 80) : 'Somebody'} called ${cut(String(event.fields.eventName ?? 'the API'), 80)} of ${event.provider}${from}`
    }
    case 'kubernetes.called': {
      const verb = cut(String(event.fields.verb ?? 'called'), 32)
      const uri = cut(String(event.fields.requestURI ?? 'the API'))
      return `${cut(event.user?.name ?? 'Somebody', 80)} asked Kubernetes to ${verb} ${uri}`
    }
    case 'agent.state-changed':
      return `The agent of ${cut(event.asset.name, 80)} is ${event.state.replaceAll('-', ' ')}${event.reason ? ` (${cut(event.reason)})` : ''}${event.silentMs ? `, nothing was heard for ${Math.round(event.silentMs / 1000)} seconds` : ''}`
  }
}
