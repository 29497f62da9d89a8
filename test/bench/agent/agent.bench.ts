/**
 * What the agent costs between sensor and server: events a second through queue, spool and TLS, CPU an event, latency at a low
 * rate, and memory and CPU at rest with the real sensors. Prints one table. `RATES` are events a second, comma-separated.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TestAgent, until } from '../../../apps/agent/test/harness.ts'
import { TestServer } from '../../../apps/agent/test/server.ts'

const rates = (process.env.RATES ?? '1000,10000,30000').split(',').map(Number)
const seconds = Number(process.env.SECONDS ?? 5)
const restMs = Number(process.env.REST_MS ?? 20_000)
const sensor = fileURLToPath(new URL('./flooding-sensor.ts', import.meta.url))

/** CPU of a process so far, ms, and its resident memory, MB. */
function costOf(pid: number): { cpuMs: number; rssMb: number; pssMb: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const megabytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(rollup)?.[1] ?? 0) / 1024
  return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, rssMb: megabytes('Rss'), pssMb: megabytes('Pss') }
}
const mainPid = (agent: TestAgent) => Number(readFileSync(join(agent.state, 'agent.pid'), 'utf8').split(' ')[0])
const quantile = (sorted: number[], share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN

async function throughput(rate: number): Promise<void> {
  const server = await TestServer.start()
  server.validating = false
  const agent = await TestAgent.enrolled(server)
  const everyMs = 5
  const limit = rate * seconds
  agent.plan({ perTick: Math.max(1, (rate * everyMs) / 1000), everyMs: Math.max(everyMs, 1000 / rate), limit })
  agent.start('--sensor-module', sensor)
  await until('a connection', () => server.connections === 1)
  const before = [mainPid(agent), agent.sensorPid].map(costOf)
  const startedAt = performance.now()
  const dropped = () => Object.values(server.health.at(-1)?.spool.dropped ?? {}).reduce((sum, n) => sum + n, 0)
  await until('all events', () => server.received + dropped() >= limit, 120_000)
  const wallMs = performance.now() - startedAt
  const after = [mainPid(agent), agent.sensorPid].map(costOf)
  const perEvent = after.map(({ cpuMs }, at) => ((cpuMs - (before[at]?.cpuMs ?? 0)) * 1000) / server.received)
  const delays = server.delays.sort((a, b) => a - b)
  console.log(
    [
      `${rate}/s asked`.padEnd(14),
      `${Math.round((server.received * 1000) / wallMs)}/s through`,
      `${dropped()} dropped`,
      `CPU an event: agent ${perEvent[0]?.toFixed(1)} us, sensor process ${perEvent[1]?.toFixed(1)} us (making the event included)`,
      `${Math.round(server.receivedBytes / server.received)} B an event on the wire`,
      `latency p50 ${quantile(delays, 0.5)} ms, p99 ${quantile(delays, 0.99)} ms`,
      `RSS ${after.map(({ rssMb }) => rssMb.toFixed(0)).join(' + ')} MB`,
    ].join('; '),
  )
  await agent.remove()
  await server.vanish()
}

async function atRest(): Promise<void> {
  const server = await TestServer.start()
  server.heartbeatMs = 15_000
  server.validating = false
  const agent = await TestAgent.enrolled(server)
  agent.start('--real-sensors')
  await until('a connection', () => server.connections === 1)
  await new Promise((resolve) => setTimeout(resolve, 20_000))
  const before = [mainPid(agent), agent.sensorPid].map(costOf)
  const eventsBefore = server.received
  await new Promise((resolve) => setTimeout(resolve, restMs))
  const after = [mainPid(agent), agent.sensorPid].map(costOf)
  const shares = after.map(({ cpuMs }, at) => `${(((cpuMs - (before[at]?.cpuMs ?? 0)) * 100) / restMs).toFixed(2)} %`)
  const sum = (pick: (cost: ReturnType<typeof costOf>) => number) =>
    after.reduce((total, cost) => total + pick(cost), 0).toFixed(0)
  console.log(
    `at rest, real sensors: RSS ${after.map(({ rssMb }) => rssMb.toFixed(0)).join(' + ')} = ${sum((cost) => cost.rssMb)} MB (PSS ${sum((cost) => cost.pssMb)} MB); CPU agent ${shares[0]}, sensor process ${shares[1]} of a core with ${(((server.received - eventsBefore) * 1000) / restMs).toFixed(1)} events/s on this host`,
  )
  await agent.remove()
  await server.vanish()
}

for (const rate of rates) await throughput(rate)
if (restMs > 0) await atRest()
process.exit(0)
