/** Which sensors run on this host: a context in, started sensors out. One that fails does not keep the others from running. */
import { pathToFileURL } from 'node:url'
import type { HostSensors, PathWatch, Sensor, SensorContext, SensorHealth, SensorPolicy } from '@rampart/sensor'
import type { SensingSettings } from './settings.ts'

export type HostContext = Omit<SensorContext, 'policy'> & { policy: Record<string, unknown> }

export interface StartedSensors {
  sensors: Sensor[]
  /** Takes another policy over while everything runs; false when that needs a restart. */
  apply(policy: Record<string, unknown>): boolean
}

/** Sensors of a module given by path, `startSensors(context)`, or else kernel, logs and inventory of this host. */
export async function startSensors(
  context: HostContext,
  { sensorModule, logs = [] }: Pick<SensingSettings, 'sensorModule' | 'logs'>,
): Promise<StartedSensors> {
  if (sensorModule !== undefined)
    return {
      sensors: await (await import(pathToFileURL(sensorModule).href)).startSensors(context),
      apply: () => false,
    }

  const host = await import('@rampart/sensor/host')
  const { createInventorySensor, createLogSensor, defaultSensorPolicy, startHostSensors } = host
  const policy = sensorPolicy(defaultSensorPolicy, context.policy)
  const logsOf = (decided: Record<string, unknown>) => [
    ...(decided.defaultLogs === false ? [] : host.defaultLogSources),
    ...logs,
    ...host.readLogSources(decided.logs),
  ]
  const log = createLogSensor({ ...context, policy }, logsOf(context.policy))
  const inventory = createInventorySensor({ ...context, policy })
  const receive = host.createReceiveSensor({ ...context, policy }, host.readReceivers(context.policy.receivers))
  const things = host.createHostInventorySensor({ ...context, policy })
  let watch: HostSensors['watch'] = () => false
  const starts: [string, () => Promise<Sensor[]>][] = [
    [
      'host',
      async () => {
        const started = await startHostSensors({ ...context, policy })
        watch = started.watch
        return started.sensors
      },
    ],
    ['log', async () => log.start().then(() => [log])],
    ['receive', async () => receive.start().then(() => [receive])],
    ['inventory', async () => inventory.start().then(() => [inventory])],
    ['inventory.host', async () => things.start().then(() => [things])],
  ]
  const sensors: Sensor[] = []
  for (const [name, start] of starts) {
    try {
      sensors.push(...(await start()))
    } catch (error) {
      context.report(failedSensor(name, `it could not be started: ${(error as Error).message}`))
    }
  }
  let current = policy
  let receivers = JSON.stringify(host.readReceivers(context.policy.receivers))
  let followed = logsOf(context.policy)
  return {
    sensors,
    apply(decided) {
      const wanted = sensorPolicy(defaultSensorPolicy, decided)
      const rest = (one: SensorPolicy) => JSON.stringify({ ...one, watches: [] })
      if (rest(wanted) !== rest(current) || !watch(wanted.watches)) return false
      current = wanted
      const list = logsOf(decided)
      if (JSON.stringify(list) !== JSON.stringify(followed)) void log.follow(list)
      followed = list
      const wantedReceivers = host.readReceivers(decided.receivers)
      if (JSON.stringify(wantedReceivers) !== receivers) void receive.receive(wantedReceivers)
      receivers = JSON.stringify(wantedReceivers)
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

/** The health of a sensor that could not even be made. */
export function failedSensor(sensor: string, reason: string): SensorHealth {
  return {
    sensor,
    state: 'failed',
    reason: reason.slice(0, 1024),
    eventsSeen: 0,
    eventsLost: 0,
    lostByCause: {},
    capabilities: {},
  }
}
