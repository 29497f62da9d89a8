/** The rungs without eBPF: each source of events as good as it can be had on this host. */
import { tryConnector } from '../connector/sensor.ts'
import { tryFanotify } from '../fanotify/sensor.ts'
import { type BootClock, bootClock } from '../kernel/clock.ts'
import { type SensorHost, sensorHost } from '../kernel/host.ts'
import { isMissing, libc } from '../kernel/libc.ts'
import { unavailableSensor } from '../kernel/start.ts'
import { pollingFiles } from '../polling/files.ts'
import { pollingProcesses } from '../polling/processes.ts'
import { pollingSockets } from '../polling/sockets.ts'
import { type Rung, rungs, type Sensor, type SensorContext } from '../sensor.ts'
import { tryTracefs } from '../tracefs/sensor.ts'

export interface Found {
  rung: Rung
  sensors: Sensor[]
}

/** Everything that needs no eBPF, each source as good as it can be had. */
export async function startFallback(context: SensorContext, from: number, why: Map<Rung, string>): Promise<Found> {
  const weaker = why.get('ebpf') ?? ''
  const own = context.ownProcesses ?? []
  const system = libc()
  if (isMissing(system)) {
    for (const rung of ['fanotify', 'tracefs'] as const) why.set(rung, system.missing)
    const host = sensorHost(plainClock(), context)
    return finish(
      'polling',
      [pollingProcesses(host, weaker), pollingFiles(host, weaker), pollingSockets(host, weaker, own)],
      weaker,
    )
  }
  const host: SensorHost = sensorHost(bootClock(system), context)
  const may = (rung: Rung) => from <= rungs.indexOf(rung)
  const sensors: Sensor[] = []
  let rung: Rung = 'polling'

  const connector = may('fanotify') ? await tryConnector(host, weaker) : undefined
  const files = may('tracefs')
    ? tryFanotify(host, { weaker, ownProcesses: own, onHelper: context.onHelper })
    : undefined
  if (connector?.ok) sensors.push(connector.sensor)
  if (connector && !connector.ok) why.set('fanotify', connector.reason)
  if (files && !files.ok) why.set('fanotify', files.reason)
  if (connector?.ok && files?.ok) rung = 'fanotify'

  const traced = may('tracefs') ? tryTracefs(host, weaker, connector?.ok ? 'network' : 'all', own) : undefined
  if (traced?.ok) sensors.push(traced.sensor)
  else {
    if (traced) why.set('tracefs', traced.reason)
    if (!connector?.ok) sensors.push(pollingProcesses(host, weaker))
    sensors.push(pollingSockets(host, weaker, own))
  }
  if (rung === 'polling' && traced?.ok) rung = 'tracefs'
  sensors.push(files?.ok ? files.sensor : pollingFiles(host, weaker))
  return finish(rung, sensors, weaker)
}

async function finish(rung: Rung, sensors: Sensor[], weaker: string): Promise<Found> {
  for (const sensor of sensors) await sensor.start()
  return {
    rung,
    sensors: [...sensors, ...['ebpf.dns', 'ebpf.privilege'].map((name) => unavailableSensor(name, weaker))],
  }
}

/** Without libc: monotonic time of Node, which stands still while the host sleeps. */
function plainClock(): BootClock {
  const offsetMs = Date.now() - Number(process.hrtime.bigint()) / 1e6
  return {
    nowNs: () => Number(process.hrtime.bigint()),
    wallMs: (ns: number) => Math.round((offsetMs + ns / 1e6) * 1000) / 1000,
  }
}
