/** Which sensors run on this host: a context in, started sensors out. One that fails does not keep the others from running. */
import { pathToFileURL } from 'node:url'
import type { PathWatch, Sensor, SensorContext, SensorHealth, SensorPolicy } from '@rampart/sensor'
import type { SensingSettings } from './settings.ts'

export type HostContext = Omit<SensorContext, 'policy'> & { policy: Record<string, unknown> }

/** Sensors of a module given by path, `startSensors(context)`, or else kernel, logs and inventory of this host. */
export async function startSensors(
  context: HostContext,
  { sensorModule, logs = [] }: Pick<SensingSettings, 'sensorModule' | 'logs'>,
): Promise<Sensor[]> {
  if (sensorModule !== undefined) return (await import(pathToFileURL(sensorModule).href)).startSensors(context)

  const { createInventorySensor, createLogSensor, defaultLogSources, defaultSensorPolicy, startKernelSensors } =
    await import('@rampart/sensor/host')
  const policy = sensorPolicy(defaultSensorPolicy, context.policy)
  const log = createLogSensor({ ...context, policy }, [...defaultLogSources, ...logs])
  const inventory = createInventorySensor({ ...context, policy })
  const starts: [string, () => Promise<Sensor[]>][] = [
    ['ebpf', () => startKernelSensors({ ...context, policy })],
    ['log', async () => log.start().then(() => [log])],
    ['inventory', async () => inventory.start().then(() => [inventory])],
  ]
  const sensors: Sensor[] = []
  for (const [name, start] of starts) {
    try {
      sensors.push(...(await start()))
    } catch (error) {
      context.report(failedSensor(name, `it could not be started: ${(error as Error).message}`))
    }
  }
  return sensors
}

/** What the server decided, where it is of the right kind; the defaults otherwise. */
function sensorPolicy(defaults: SensorPolicy, decided: Record<string, unknown>): SensorPolicy {
  const policy = { ...defaults }
  for (const name of ['hashWaitMs', 'hashLimitBytes', 'ringBytes'] as const) {
    const value = decided[name]
    if (Number.isSafeInteger(value) && (value as number) >= 0) policy[name] = value as number
  }
  const isPowerOfTwo = (policy.ringBytes & (policy.ringBytes - 1)) === 0
  if (!isPowerOfTwo || policy.ringBytes < 65_536) policy.ringBytes = defaults.ringBytes
  if (Array.isArray(decided.watches) && decided.watches.length <= 10_000 && decided.watches.every(isWatch))
    policy.watches = decided.watches
  return policy
}

const isWatch = (watch: unknown): watch is PathWatch => {
  const { path, report, content } = (watch ?? {}) as Record<string, unknown>
  return (
    typeof path === 'string' &&
    path.startsWith('/') &&
    ['all', 'executables', 'none'].includes(report as string) &&
    (content === undefined || typeof content === 'boolean')
  )
}

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
