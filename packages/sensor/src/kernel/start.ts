/** The kernel sensors of this host, started together on one ring. */
import { fileURLToPath } from 'node:url'
import type { Event } from '@rampart/event'
import { fileSensor } from '../file/sensor.ts'
import { dnsSensor } from '../network/dns-sensor.ts'
import { networkSensor } from '../network/sensor.ts'
import { privilegeSensor } from '../privilege/sensor.ts'
import { processSensor } from '../process/sensor.ts'
import type { Sensor, SensorContext, SensorHealth } from '../sensor.ts'
import { canarySensor } from './canary.ts'
import { type KernelHost, kernelHost } from './host.ts'
import { openKernelSource } from './source.ts'

/** Where the build puts the compiled programs; `RAMPART_BPF` names another directory. */
export const objectDirectory =
  process.env.RAMPART_BPF ?? fileURLToPath(new URL('../../../../build/bpf', import.meta.url))

const eventTypes: Record<string, readonly Event['type'][]> = {
  'ebpf.process': ['process.started', 'process.ended'],
  'ebpf.file': ['file.written', 'file.removed', 'file.renamed', 'file.linked', 'file.mode-changed'],
  'ebpf.network': ['network.connected', 'network.accepted', 'network.listening'],
  'ebpf.dns': ['dns.asked'],
  'ebpf.privilege': ['privilege.used', 'process.accessed', 'memory-file.created', 'module.loaded'],
}

/**
 * Starts process, file, network, DNS and privilege sensors, and what looks whether they are still attached. Never rejects: where the kernel or the rights are
 * missing, the sensors are there with `unavailable` and the reason in their health.
 * The first sensor's `stop` ends the common ring, so stop all of them.
 */
export async function startKernelSensors(context: SensorContext, directory = objectDirectory): Promise<Sensor[]> {
  const opened = openKernelSource(directory, context.policy.ringBytes)
  if (!opened.ok) return Object.keys(eventTypes).map((name) => unavailableSensor(name, opened.reason))
  const { source } = opened
  const host = kernelHost(source, context)
  const own = [process.pid, ...(context.ownProcesses ?? [])]
  for (const pid of own) host.leaveOut(pid)
  context.onHelper?.((pid) => host.leaveOut(pid))
  const privileges = privilegeSensor(host)
  const hashes = await hashSensor(host, context)
  const files = fileSensor(host, hashes !== undefined)
  const sensors: Sensor[] = [processSensor(host), files, networkSensor(host), dnsSensor(host), privileges]
  if (hashes) sensors.push(hashes)
  for (const sensor of sensors) await sensor.start()
  for (const pid of own) privileges.protect(pid)
  host.processSources.push(source.drain)
  const seesProcesses = sensors[0]?.health().capabilities['process.ended']?.works === true
  const canary = canarySensor(host, seesProcesses)
  await canary.start()
  sensors.push(canary)
  source.start(() => undefined)
  let stopped: Promise<void> | undefined
  const stopAll = async () => {
    await canary.stop()
    await source.stop()
    await hashes?.stop()
    host.outbox.flush()
  }
  return sensors.map((sensor) => ({
    ...sensor,
    start: async () => {},
    stop: () => {
      stopped ??= stopAll()
      return stopped
    },
  }))
}

/** Digests of files when they are closed come from fanotify, whatever else does; undefined when nobody wants them or it cannot. */
async function hashSensor(host: KernelHost, context: SensorContext): Promise<Sensor | undefined> {
  if (!context.policy.watches.some((watch) => watch.hash)) return undefined
  const { tryFanotify } = await import('../fanotify/sensor.ts')
  const tried = tryFanotify(host, {
    ...{ weaker: '', only: 'hashes' as const },
    ...{ ownProcesses: context.ownProcesses ?? [], onHelper: context.onHelper },
  })
  return tried.ok ? tried.sensor : undefined
}

/** A sensor that this host does not have, and why. */
export function unavailableSensor(name: string, reason: string): Sensor {
  const health: SensorHealth = {
    sensor: name,
    state: 'unavailable',
    reason,
    eventsSeen: 0,
    eventsLost: 0,
    lostByCause: {},
    capabilities: Object.fromEntries((eventTypes[name] ?? []).map((type) => [type, { works: false, reason }])),
  }
  return { name, start: async () => {}, stop: async () => {}, health: () => health }
}
