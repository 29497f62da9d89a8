/** Which sensors run on this host: a context in, started sensors out. One that fails does not keep the others from running. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { HostSensors, Ledger, PathWatch, Sensor, SensorContext, SensorPolicy } from '@rampart/sensor'
import type { SensingSettings } from './settings.ts'
import { keepUnits, type Unit, type Units } from './units.ts'

interface SensorModule {
  startSensors?(context: HostContext): Promise<Sensor[]>
  inventoryLedger?(context: HostContext): Ledger
  sensorUnits?: Record<string, (context: HostContext) => Promise<Sensor[]>>
}

export type HostContext = Omit<SensorContext, 'policy'> & { policy: Record<string, unknown> }

export interface StartedSensors {
  units: Units
  /** What the host has; absent where the sensors of a module run. */
  ledger?: Ledger
  /** Takes another policy over while everything runs; false when that needs a restart. */
  apply(policy: Record<string, unknown>): boolean
}

/**
 * Sensors of a module given by path, `startSensors(context)` or `sensorUnits` with one such function a unit, or else kernel, logs and
 * inventory of this host. `onHopeless`: a unit fails over and over.
 */
export async function startSensors(
  context: HostContext,
  { sensorModule, logs = [] }: Pick<SensingSettings, 'sensorModule' | 'logs'>,
  onHopeless: (unit: string) => void,
): Promise<StartedSensors> {
  if (sensorModule !== undefined) {
    const module: SensorModule = await import(pathToFileURL(sensorModule).href)
    const starts = Object.entries(module.sensorUnits ?? { module: module.startSensors })
    const units = starts.map(([name, start]) => ({ name, start: () => start?.(context) ?? Promise.resolve([]) }))
    const ledger = module.inventoryLedger?.(context)
    return { units: await keepUnits(units, { onHopeless }), apply: () => false, ...(ledger && { ledger }) }
  }

  const host = await import('@rampart/sensor/host')
  const { createInventorySensor, createLogSensor, defaultSensorPolicy, startHostSensors } = host
  const policy = sensorPolicy(defaultSensorPolicy, context.policy)
  const logsOf = (decided: Record<string, unknown>) => [
    ...(decided.defaultLogs === false ? [] : host.defaultLogSources),
    ...logs,
    ...host.readLogSources(decided.logs),
  ]
  const ledger = host.createLedger(join(context.stateDirectory, 'host-inventory.json'))
  await ledger.load()
  /** Document roots that the inventory found. What was decided for a place counts before them. */
  let served = await host.webWatches(ledger.inventory()['web-root'])
  const withServed = (one: SensorPolicy, decided: Record<string, unknown>): SensorPolicy =>
    decided.watchWebRoots === false ? one : { ...one, watches: [...served, ...one.watches] }
  let decidedNow = context.policy
  let current = withServed(policy, context.policy)
  let followed = logsOf(context.policy)
  let received = host.readReceivers(context.policy.receivers)
  let log: ReturnType<typeof createLogSensor> | undefined
  let receive: ReturnType<typeof host.createReceiveSensor> | undefined
  let watch: HostSensors['watch'] = () => false
  const begun = async <One extends Sensor>(sensor: One): Promise<One[]> => sensor.start().then(() => [sensor])
  ledger.onLook(async () => {
    const found = await host.webWatches(ledger.inventory()['web-root'])
    if (JSON.stringify(found) === JSON.stringify(served)) return
    served = found
    current = withServed(sensorPolicy(defaultSensorPolicy, decidedNow), decidedNow)
    watch(current.watches)
  })
  // Each start makes its sensors anew, with what is decided by then.
  const starts: Unit[] = [
    {
      name: 'host',
      async start() {
        const started = await startHostSensors({ ...context, policy: current })
        watch = started.watch
        return started.sensors
      },
    },
    {
      name: 'log',
      start: () => {
        log = createLogSensor({ ...context, policy: current }, followed)
        return begun(log)
      },
    },
    {
      name: 'receive',
      start: () => {
        receive = host.createReceiveSensor({ ...context, policy: current }, received)
        return begun(receive)
      },
    },
    { name: 'inventory', start: async () => begun(createInventorySensor({ ...context, policy: current }, ledger)) },
    {
      name: 'inventory.host',
      start: async () => begun(host.createHostInventorySensor({ ...context, policy: current }, ledger)),
    },
  ]
  return {
    units: await keepUnits(starts, { onHopeless }),
    ledger,
    apply(decided) {
      const wanted = withServed(sensorPolicy(defaultSensorPolicy, decided), decided)
      const rest = (one: SensorPolicy) => JSON.stringify({ ...one, watches: [] })
      if (rest(wanted) !== rest(current) || !watch(wanted.watches)) return false
      current = wanted
      decidedNow = decided
      const list = logsOf(decided)
      if (JSON.stringify(list) !== JSON.stringify(followed)) void log?.follow(list)
      followed = list
      const wantedReceivers = host.readReceivers(decided.receivers)
      if (JSON.stringify(wantedReceivers) !== JSON.stringify(received)) void receive?.receive(wantedReceivers)
      received = wantedReceivers
      return true
    },
  }
}

/** What the server decided, where it is of the right kind; the defaults otherwise. */
function sensorPolicy(defaults: SensorPolicy, decided: Record<string, unknown>): SensorPolicy {
  const policy = { ...defaults }
  for (const name of ['hashWaitMs', 'hashLimitBytes', 'ringBytes'] as const) {
    const value = decided[name]
    if (Number.isSafeInteger(value) && (value as number) >= 0) policy[name] = value as number
  }
  const rungs: readonly unknown[] = ['auto', 'lsm', 'ebpf', 'fanotify', 'tracefs', 'polling']
  if (rungs.includes(decided.rung)) policy.rung = decided.rung as SensorPolicy['rung']
  const isPowerOfTwo = (policy.ringBytes & (policy.ringBytes - 1)) === 0
  if (!isPowerOfTwo || policy.ringBytes < 65_536) policy.ringBytes = defaults.ringBytes
  if (Array.isArray(decided.watches) && decided.watches.length <= 10_000 && decided.watches.every(isWatch))
    policy.watches = decided.watches
  return policy
}

const isWatch = (watch: unknown): watch is PathWatch => {
  const { path, report, ...switches } = (watch ?? {}) as Record<string, unknown>
  return (
    typeof path === 'string' &&
    path.startsWith('/') &&
    ['all', 'executables', 'none'].includes(report as string) &&
    (['content', 'privateContent', 'hash'] as const).every((name) =>
      ['undefined', 'boolean'].includes(typeof switches[name]),
    )
  )
}

/** The sensor that fails when kernel programs were detached or emptied behind the agent's back. */
export const canaryName = 'ebpf.canary'
