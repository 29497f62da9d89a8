/** The agent's life: identity, lock and limits first, then the pipeline, until it is stopped. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import type { LogSource } from '@rampart/sensor'
import { doorPath } from './door.ts'
import { applyCeiling, type CeilingLimits, defaultLimits } from './host/ceiling.ts'
import { describeHost, readBootId } from './host/describe.ts'
import { watchIntegrity } from './host/integrity.ts'
import { takeLock } from './host/lock.ts'
import { createResourceMeter } from './host/resources.ts'
import { type Credentials, loadCredentials, needsRenewal, readMachineId } from './identity/identity.ts'
import { renewCertificate } from './identity/renew.ts'
import { startPipeline } from './pipeline.ts'
import { loadPolicy } from './policy.ts'
import { type AgentReport, reportOf, sendableHealth } from './report.ts'
import { upgradeResult, watchTrial } from './upgrade/trial.ts'
import { agentVersion } from './version.ts'

export interface AgentOptions {
  stateDirectory: string
  /** `none` leaves the agent without limits. Default: a tenth of a core and 250 MB. */
  limits?: Partial<CeilingLimits> | 'none'
  /** Logs to follow besides the usual ones. */
  logs?: readonly LogSource[]
  /** Module with `startSensors(context)` instead of packages/sensor. */
  sensorModule?: string
  /** How long the sensor process waits for a new agent after the death of this one, ms. Default 15,000. */
  lingerMs?: number
  /** Told of every change of the connection. */
  onState?(state: { connected: boolean; lastError: string }): void
  /** Another version lies ready: whoever started this agent ends it and starts that one. */
  onUpgrade?(version: string): void
}
export interface Agent {
  assetId: string
  server: string
  /** What `agent status` shows. */
  report(): AgentReport
  /** Ends in good order in less than three seconds. */
  stop(reason: string): Promise<void>
}
export type StartedAgent = { ok: true; agent: Agent } | { ok: false; code: string; message: string }

/** How often the certificate's age is looked at. */
const renewalCheckMs = 3_600_000

/** Flags that keep a process of the agent small. */
export const nodeFlags = [
  '--expose-gc',
  '--max-semi-space-size=1',
  '--max-old-space-size=96',
  '--disable-warning=ExperimentalWarning',
]

/** Starts the agent in this process and its sensors in another one. */
export async function startAgent(options: AgentOptions): Promise<StartedAgent> {
  const stateDirectory = resolve(options.stateDirectory)
  let release = () => {}
  try {
    mkdirSync(join(stateDirectory, 'sensors'), { recursive: true, mode: 0o700 })
    // Keys and the agent's socket are in it. Never made private here: whoever made it may share it on purpose.
    const { uid, mode } = statSync(stateDirectory)
    const own = process.getuid?.() ?? uid
    if ((uid !== own && uid !== 0) || (mode & 0o077) !== 0)
      return {
        ok: false,
        code: 'state.not-private',
        message: `other users have access to the state directory ${stateDirectory}: run chown ${own} '${stateDirectory}' and chmod 700 '${stateDirectory}', or choose another one with --state`,
      }
    const loaded = loadCredentials(stateDirectory)
    if (!loaded.ok) return loaded
    const locked = takeLock(stateDirectory)
    if (!locked.ok) return locked
    release = locked.lock.release
    return { ok: true, agent: await run({ ...options, stateDirectory }, loaded.credentials, release) }
  } catch (error) {
    release()
    const { code, message } = error as NodeJS.ErrnoException
    const advice =
      code === 'ENOSPC' ? 'free some space on that disk' : 'choose another state directory or repair this one'
    return {
      ok: false,
      code: 'agent.state-unusable',
      message: `cannot work in ${stateDirectory} (${message}): ${advice}`,
    }
  }
}

async function run(options: AgentOptions, enrolled: Credentials, release: () => void): Promise<Agent> {
  const { stateDirectory } = options
  let credentials = enrolled
  const { identity } = credentials
  const policy = loadPolicy(stateDirectory)
  const ceiling = options.limits === 'none' ? undefined : applyCeiling({ ...defaultLimits, ...options.limits })
  const startedAt = Date.now()
  let renewalProblem = ''
  const sensorPidPath = join(stateDirectory, 'sensor.pid')
  const newLooks = inventoryLooks()
  const measure = createResourceMeter(() => [process.pid, pipeline.sensing.pid ?? 0])
  let resources = { rssBytes: 0, cpuFraction: 0 }
  const facts = { identity, version: agentVersion, startedAt, machineMoved: identity.machineId !== readMachineId() }
  const integrity = watchIntegrity(stateDirectory, () => pipeline.sensing.pid)
  const report = () =>
    reportOf({
      ...facts,
      integrity: [...integrity.problems(), ...pipeline.sensing.tampering()],
      upgrade: upgradeResult(stateDirectory),
      renewalProblem,
      certificate: credentials.certificate,
      limits: ceiling,
      resources,
      pipeline,
    })

  const pipeline = await startPipeline({
    stateDirectory,
    policy,
    sensing: {
      settings: {
        socket: doorPath(stateDirectory),
        stateDirectory: join(stateDirectory, 'sensors'),
        asset: { id: identity.assetId, name: hostname().slice(0, 256), kind: 'host' },
        lingerMs: options.lingerMs ?? 15_000,
        build: agentVersion,
        logs: options.logs,
        sensorModule: options.sensorModule,
      },
      nodeFlags,
      leftBehind: readPid(sensorPidPath),
      onProcess: (pid) => {
        try {
          writeFileSync(sensorPidPath, `${pid}\n`, { mode: 0o600 })
        } catch {
          // A full disk: the next agent will not find this process, and it ends by itself.
        }
        ceiling?.add(pid)
      },
    },
    delivery: {
      assetId: identity.assetId,
      bootId: readBootId(),
      machineId: readMachineId(),
      agentVersion,
      host: describeHost,
      credentials: () => ({ url: identity.server, ...credentials }),
      onState: (state) => options.onState?.(state),
    },
    responding: {
      stateDirectory,
      nodeFlags,
      bootId: readBootId(),
      server: placeOf(identity.server),
      // From the file: tasks that an earlier run left begin before the sensor process is known otherwise.
      ownPids: () => [process.pid, readPid(sensorPidPath) ?? process.pid],
      onProcess: (pid) => ceiling?.add(pid),
    },
    health: ({ spool, drops, sensing }) => {
      resources = measure()
      const spoolHealth = { events: spool.events, bytes: spool.waitingBytes, dropped: drops.counts }
      return {
        type: 'health',
        at: Date.now(),
        sensors: sendableHealth(report().sensors),
        spool: spoolHealth,
        resources,
        ...newLooks(sensing.inventoryLookedAt),
      }
    },
    status: () => {
      resources = measure()
      return report()
    },
    onUpgrade: (version) => options.onUpgrade?.(version),
  })

  const renewal = setInterval(async () => {
    try {
      if (!needsRenewal(credentials.certificate, Date.now())) return
      const renewed = await renewCertificate(stateDirectory, credentials)
      renewalProblem = renewed.ok ? '' : renewed.message
      if (renewed.ok) credentials = renewed.credentials
    } catch (error) {
      // A full disk: the present certificate still holds, and the next turn tries again.
      renewalProblem = `the new certificate could not be kept: ${(error as Error).message}`
    }
  }, renewalCheckMs)
  renewal.unref()
  // Entries called agent.* are about the agent itself.
  const sensorsRun = () =>
    pipeline.sensing.health.some(({ sensor, state }) => !sensor.startsWith('agent.') && state === 'running')
  const endTrial = watchTrial(stateDirectory, agentVersion, () => pipeline.delivery.state.connected && sensorsRun())

  return {
    assetId: identity.assetId,
    server: identity.server,
    report,
    stop: async (reason) => {
      clearInterval(renewal)
      endTrial()
      await pipeline.stop(reason)
      await ceiling?.remove()
      release()
    },
  }
}

function placeOf(url: string): { host: string; port: number } {
  const { hostname: host, port } = new URL(url)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) || 443 }
}

/** When kinds of the inventory were looked at, for a heartbeat: only when that changed since the one before. */
function inventoryLooks() {
  let told = ''
  return (at: Readonly<Record<string, number>>): { inventory?: Record<string, number> } => {
    const text = JSON.stringify(at)
    if (text === told || text === '{}') return {}
    told = text
    return { inventory: { ...at } }
  }
}

function readPid(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8')) || undefined
  } catch {
    return undefined
  }
}
