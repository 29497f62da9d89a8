/**
 * A package is installed and removed: unpacking, changing the mode of and removing `FILES` (34,000) small files in a watched place,
 * seen by the real agent and its kernel sensors under the default ceiling of a tenth of a core. Every event has to come, or be counted.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { whyNoKernelSensors } from '@rampart/sensor'
import { TestAgent, until } from '../../../apps/agent/test/harness.ts'
import { TestServer } from '../../../apps/agent/test/server.ts'

const files = Number(process.env.FILES ?? 34_000)
const filesPerFolder = 100

const refused = whyNoKernelSensors()
if (refused) {
  console.log(`skipped: ${refused}`)
  process.exit(0)
}

const work = mkdtempSync(join(tmpdir(), 'bench-package-'))
const place = join(work, 'place')
const archive = join(work, 'package.tar')
const server = await TestServer.start()
const agent = await TestAgent.enrolled(server)
try {
  pack()
  server.policy = { sensor: { watches: [{ path: place, report: 'all' }] } }
  agent.start('--real-sensors', '--cpu', '0.1')
  const health = () => server.health.at(-1)
  await until('the sensors', () => health()?.sensors.find(({ sensor }) => sensor === 'ebpf.file')?.state === 'running')

  const cpuBefore = agentCpuMs()
  const startedAt = performance.now()
  execFileSync('tar', ['-xf', archive, '-C', place])
  execFileSync('chmod', ['-R', 'go-w', place])
  execFileSync('chmod', ['-R', 'u+x', place])
  execFileSync('rm', ['-r', join(place, 'tree')])
  const workedMs = performance.now() - startedAt

  const lost = () => {
    const now = health()
    const causes = (now?.sensors ?? []).flatMap(({ sensor, lostByCause }) =>
      Object.entries(lostByCause).map(([cause, count]) => [`${sensor} ${cause}`, count] as const),
    )
    const dropped = Object.entries(now?.spool.dropped ?? {}).map(([type, count]) => [`spool ${type}`, count] as const)
    return [...causes, ...dropped].filter(([, count]) => count > 0)
  }
  // a health message that came behind the last event tells what was lost up to it
  let [seen, quietSince, told] = [-1, performance.now(), 0]
  await until(
    'the last event',
    () => {
      const count = ofPlace().length
      if (count !== seen) [seen, quietSince, told] = [count, performance.now(), server.health.length]
      return performance.now() - quietSince > 15_000 && server.health.length > told + 1
    },
    900_000,
  )
  const arrivedMs = quietSince - startedAt
  const byType = new Map<string, number>()
  for (const { type } of ofPlace()) byType.set(type, (byType.get(type) ?? 0) + 1)
  console.log('| what | value |\n|---|---|')
  console.log(`| files unpacked, changed twice and removed in | ${(workedMs / 1000).toFixed(1)} s |`)
  for (const [type, count] of byType) console.log(`| ${type} | ${count.toLocaleString('en')} |`)
  console.log(`| all of them at the server after | ${(arrivedMs / 1000).toFixed(1)} s |`)
  console.log(
    `| lost, by cause | ${
      lost()
        .map(([cause, count]) => `${cause} ${count}`)
        .join(', ') || 'none'
    } |`,
  )
  console.log(
    `| CPU time of the agent, both processes | ${(((agentCpuMs() - cpuBefore) / (performance.now() - startedAt)) * 100).toFixed(1)} % of a core |`,
  )
} finally {
  await agent.remove()
  await server.vanish()
  rmSync(work, { recursive: true, force: true })
}
process.exit(0)

function pack(): void {
  for (let number = 0; number < files; number++) {
    const folder = join(work, 'tree', String(Math.floor(number / filesPerFolder)))
    if (number % filesPerFolder === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `file-${number}`), `content of ${number}\n`, { mode: 0o664 })
  }
  execFileSync('tar', ['-cf', archive, '-C', work, 'tree'])
  rmSync(join(work, 'tree'), { recursive: true })
  mkdirSync(place)
}

function ofPlace() {
  return server.events.filter((event) => 'file' in event && event.file.path.startsWith(`${place}/`))
}

function agentCpuMs(): number {
  const main = Number(readFileSync(join(agent.state, 'agent.pid'), 'utf8').split(' ')[0])
  return [main, agent.sensorPid].reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return sum + (Number(fields[11]) + Number(fields[12])) * 10
  }, 0)
}
