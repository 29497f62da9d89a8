/** The receiver sensor: what other programs and hosts send to this one → events. Off until people switch a receiver on. */
import { randomBytes } from 'node:crypto'
import { completeDraft } from '../draft.ts'
import type { Sensor, SensorContext, SensorHealth, SensorSource } from '../sensor.ts'
import { createBeatsReceiver } from './beats/sensor.ts'
import { createHosts } from './hosts.ts'
import { createHttpReceiver } from './http/sensor.ts'
import type { Receiver, ReceiverSink } from './receiver.ts'
import { isLoopback, type ReceiverSettings, splitListen } from './settings.ts'
import { createSyslogReceiver } from './syslog/sensor.ts'

/** A sensor whose receivers can be replaced while it runs. */
export interface ReceiveSensor extends Sensor {
  receive(settings: readonly ReceiverSettings[]): Promise<void>
}

interface Running {
  settings: ReceiverSettings
  receiver?: Receiver
  source: SensorSource
  port: number
}

const types = ['log.recorded', 'logon.attempted', 'web.requested', 'network.alerted', 'windows.recorded'] as const

/** Why settings are refused, or undefined. */
export function refusalOf(settings: ReceiverSettings): string | undefined {
  const place = splitListen(settings.listen)
  if (!place) return 'the address is not of the form address:port'
  if (settings.kind === 'syslog-tls' && !settings.tls) return 'TLS needs a certificate and a key on this host'
  if (isLoopback(place.host)) return undefined
  if (settings.allow.length === 0) return 'an address other than loopback needs a list of senders that are allowed'
  if (settings.kind === 'http' && settings.tokenSha256 === undefined)
    return 'HTTP on an address other than loopback needs a token'
  return undefined
}

/** Starts with the receivers given; a failing one is told in the health and does not keep the others from running. */
export function createReceiveSensor(context: SensorContext, wanted: readonly ReceiverSettings[] = []): ReceiveSensor {
  const hosts = createHosts(context.asset)
  const sourceId = `received-${randomBytes(6).toString('hex')}`
  const lostByCause: Record<string, number> = {}
  let running: Running[] = []
  let sequence = 0
  let started = false
  let changing: Promise<void> = Promise.resolve()

  const sinkOf = (source: SensorSource): ReceiverSink => {
    const lost = (cause: string, count = 1) => {
      lostByCause[cause] = (lostByCause[cause] ?? 0) + count
      source.lost = (source.lost ?? 0) + count
    }
    return {
      lost,
      now: Date.now,
      stored: () => context.stored?.() ?? Promise.resolve(),
      take(drafts, host, sender) {
        const asset = hosts.assetOf(host, sender)
        if (!asset) {
          lost('too-many-hosts')
          return false
        }
        const receivedAt = Date.now()
        for (const draft of drafts) {
          source.events++
          const event = completeDraft(draft, asset, `receive.${source.kind}`, sourceId, `${++sequence}`)
          context.emit({ ...event, receivedAt })
        }
        return true
      },
    }
  }

  const open = async (settings: ReceiverSettings): Promise<Running> => {
    const source: SensorSource = { kind: settings.kind, name: settings.listen, state: 'failed', events: 0, lost: 0 }
    const one: Running = { settings, source, port: 0 }
    try {
      const refusal = refusalOf(settings)
      if (refusal !== undefined) throw new Error(refusal)
      const create =
        settings.kind === 'http'
          ? createHttpReceiver
          : settings.kind === 'beats'
            ? createBeatsReceiver
            : createSyslogReceiver
      one.receiver = create(settings, sinkOf(source))
      one.port = await one.receiver.start()
      source.state = 'listening'
      const place = splitListen(settings.listen)
      if (place?.port === 0) source.name = settings.listen.replace(/:0$/, `:${one.port}`)
    } catch (error) {
      source.reason = `It cannot listen: ${(error as Error).message}.`
    }
    return one
  }

  const replace = async (next: readonly ReceiverSettings[]) => {
    const same = (one: ReceiverSettings, other: ReceiverSettings) => JSON.stringify(one) === JSON.stringify(other)
    const kept: Running[] = []
    for (const one of running)
      if (one.source.state === 'listening' && next.some((settings) => same(settings, one.settings))) kept.push(one)
      else await one.receiver?.stop().catch(() => undefined)
    running = []
    for (const settings of next)
      running.push(kept.find((one) => same(one.settings, settings)) ?? (await open(settings)))
    context.report(health())
  }

  const health = (): SensorHealth => {
    const failed = running.filter((one) => one.source.state === 'failed')
    const reason = failed.map((one) => `${one.source.kind} on ${one.source.name}: ${one.source.reason}`).join(' ')
    const works = running.length > failed.length
    const capability = works ? { works } : { works, reason: 'no receiver is switched on' }
    return {
      sensor: 'receive',
      state: failed.length > 0 ? 'degraded' : 'running',
      ...(reason === '' ? {} : { reason }),
      eventsSeen: running.reduce((sum, one) => sum + one.source.events, 0),
      eventsLost: Object.values(lostByCause).reduce((sum, count) => sum + count, 0),
      lostByCause: { ...lostByCause },
      // What is off by choice is no shortcoming of the host.
      capabilities: running.length === 0 ? {} : Object.fromEntries(types.map((type) => [type, capability])),
      sources: running.map((one) => ({ ...one.source })),
    }
  }
  const receive = (next: readonly ReceiverSettings[]) => {
    changing = changing.then(() => (started ? replace(next) : undefined))
    return changing
  }

  return {
    name: 'receive',
    async start() {
      started = true
      await receive(wanted)
    },
    async stop() {
      await receive([])
      started = false
    },
    receive,
    health,
  }
}
