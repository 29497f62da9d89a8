/** `rampart replay` and `rampart models` as real commands: their output is a contract. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
const directory = mkdtempSync(join(tmpdir(), 'rampart-replay-'))
after(() => rmSync(directory, { recursive: true, force: true }))

function rampart(...args: string[]) {
  const done = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 })
  const lines = done.stdout.split('\n').filter((line) => line !== '')
  return { status: done.status, stdout: done.stdout, stderr: done.stderr, lines }
}
const json = (lines: readonly string[]) => lines.map((line) => JSON.parse(line))
const summaryOf = (stderr: string) => JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '').summary

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

const sshd = (second: number, text: string) =>
  `2026-11-23T02:10:${String(second).padStart(2, '0')}+00:00 web-1 sshd[${3000 + second}]: ${text}\n`
const failures = (address: string) =>
  Array.from({ length: 10 }, (_, index) =>
    sshd(index, `Failed password for root from ${address} port ${4000 + index} ssh2`),
  ).join('')
const success = (address: string) => sshd(20, `Accepted password for root from ${address} port 4020 ssh2`)

test('an auth log gives aggregated alerts with the records they rest on', () => {
  const path = file('auth.log', failures('203.0.113.45') + success('203.0.113.45'))
  const run = rampart('replay', '--json', path)
  assert.equal(run.status, 1)
  const alerts = json(run.lines)
  const won = alerts.find((alert) => alert.title === 'SSH password guessing succeeded')
  assert.ok(won, run.stdout)
  assert.deepEqual(Object.keys(won), [
    'model',
    'title',
    'type',
    'level',
    'stages',
    'techniques',
    'asset',
    'entity',
    'sourceAddress',
    'count',
    'firstAt',
    'lastAt',
    'records',
  ])
  assert.deepEqual(
    [won.type, won.level, won.asset, won.entity, won.sourceAddress, won.lastAt],
    [
      'Unusual Logon',
      'Urgent',
      'web-1',
      { kind: 'address', value: '203.0.113.45' },
      '203.0.113.45',
      '2026-11-23T02:10:20.000Z',
    ],
  )
  assert.deepEqual(won.records.at(-1), { file: path, record: 11 })
  const summary = summaryOf(run.stderr)
  assert.deepEqual([summary.files, summary.records, summary.parsed, summary.unparsed], [1, 11, 11, 0])
  assert.equal(summary.alerts, alerts.length)
  assert.equal(summary.rules.refused, 0)
})

test('two runs give the same bytes', () => {
  const path = file('twice.log', failures('203.0.113.46') + success('203.0.113.46'))
  assert.equal(rampart('replay', '--json', path).stdout, rampart('replay', '--json', path).stdout)
})

test('files whose times run backwards are judged each by its own', () => {
  const early = failures('203.0.113.47') + success('203.0.113.47')
  const paths = [
    file('b1.log', early.replaceAll('2026-11-23', '2026-11-25').replaceAll('.47', '.48')),
    file('b2.log', early),
  ]
  const alerts = json(rampart('replay', '--json', ...paths).lines)
  const won = alerts.filter((alert) => alert.title === 'SSH password guessing succeeded')
  assert.deepEqual(won.map((alert) => alert.sourceAddress).sort(), ['203.0.113.47', '203.0.113.48'])
})

test('what cannot be read is named by line, counted, written down, and stops nothing', () => {
  const text = `{"type":"process.started","process":{"pid":1,"executable":"/usr/bin/ls"}}\n{"type":"process.started"\n{"type":"process.danced"}\n`
  const path = file('events.ndjson.gz', gzipSync(text))
  const list = join(directory, 'unparsed.ndjson')
  const run = rampart('replay', '--json', '--unparsed', list, path)
  assert.equal(run.status, 0)
  const summary = summaryOf(run.stderr)
  assert.deepEqual([summary.parsed, summary.unparsed], [1, 2])
  const lines = json(readFileSync(list, 'utf8').trimEnd().split('\n'))
  assert.deepEqual(
    lines.map(({ line }) => line),
    [2, 3],
  )
  assert.ok(lines.every(({ reason }) => reason.length > 5))
  assert.match(run.stderr, /events\.ndjson\.gz\S*:2 /)
})

test('own Sigma rules give matches by record, without the shipped models', () => {
  const rules = file(
    'rule.yml',
    `title: Whoami
id: 22222222-2222-4222-8222-222222222222
status: test
level: low
logsource: {product: linux, category: process_creation}
detection: {s: {Image|endswith: /whoami}, condition: s}
---
title: Broken
id: 33333333-3333-4333-8333-333333333333
logsource: {product: linux, category: process_creation}
detection: {s: {Image|endswith: /x}, condition: nobody}
`,
  )
  const event = (executable: string) => JSON.stringify({ type: 'process.started', process: { pid: 1, executable } })
  const path = file('two.ndjson', `${event('/usr/bin/id')}\n${event('/usr/bin/whoami')}\n`)
  const run = rampart('replay', '--json', '--sigma', rules, '--no-own-models', '--matches', path)
  assert.equal(run.status, 1)
  assert.deepEqual(json(run.lines), [
    { rule: '22222222-2222-4222-8222-222222222222', title: 'Whoami', level: 'low', file: path, record: 2 },
  ])
  assert.deepEqual(summaryOf(run.stderr).rules, { loaded: 1, refused: 1 })
  assert.match(run.stderr, /rule\.yml:\d+:\d+ sigma\.unknown-selection/)
})

test('a missing file is status 2 and the others are still read', () => {
  const run = rampart('replay', '--json', file('some.log', failures('203.0.113.49')), join(directory, 'none.log'))
  assert.equal(run.status, 2)
  assert.match(run.stderr, /none\.log/)
  assert.equal(summaryOf(run.stderr).parsed, 10)
  assert.equal(rampart('replay', '--source', 'nonsense', 'x').status, 2)
  assert.equal(rampart('replay', '--no-own-models', directory).status, 2)
})

test('text for people has no control characters from events', () => {
  const event = {
    type: 'file.written',
    file: { path: '/etc/cron.d/\u001b[2Jx\nUrgent' },
    process: { pid: 1, executable: '/bin/sh' },
  }
  const run = rampart('replay', file('hostile.ndjson', `${JSON.stringify(event)}\n`))
  assert.equal(run.status, 1)
  assert.match(run.stdout, /\/etc\/cron\.d\/\[\\e\]\[2Jx\[\\n\]Urgent/)
  assert.ok(!run.stdout.includes('\u001b'))
})

test('models lists every model with its facts', () => {
  const run = rampart('models', '--json')
  assert.equal(run.status, 0, run.stderr)
  const rows = json(run.lines)
  assert.ok(rows.length >= 14)
  const row = rows.find(({ title }) => title === 'Agent silent')
  assert.deepEqual(row, {
    id: '78a405b7-7d61-4c76-8f25-e4c3029d0e87',
    title: 'Agent silent',
    type: 'Other',
    stages: ['Escape Detection'],
    techniques: ['T1562.001'],
    level: 'Warning',
    kind: 'sigma',
    status: 'test',
    attackSamples: 3,
    benignSamples: 1,
    drill: false,
  })
  assert.equal(json(rampart('models', '--json', 'agent', 'SILENT').lines).length, 1)
  assert.match(rampart('models', 'brute', 'T1110.001').stdout, /SSH password guessing/)
})

test('any number of threads prints the same bytes; another number is refused', () => {
  const text = Array.from({ length: 12 }, (_, index) => failures(`203.0.113.${index}`) + success(`203.0.113.${index}`))
  const noise = 'x'.repeat(40_000)
  const paths = [
    file('many.log', text.join(`${sshd(30, noise)}\n`)),
    file('more.log.gz', gzipSync(text.slice(3).join('not a log line\n'))),
    file(
      'more.ndjson',
      `{"type":"process.started","process":{"pid":1,"executable":"/usr/bin/id","commandLine":"${noise}"}}\n`.repeat(40),
    ),
  ]
  for (const form of [['--json'], ['--json', '--matches']]) {
    const [one, two, three] = ['1', '2', '3'].map((threads) =>
      rampart('replay', ...form, '--threads', threads, ...paths),
    )
    assert.equal(one?.status, 1)
    for (const other of [two, three]) {
      assert.equal(other?.stdout, one?.stdout)
      assert.equal(other?.status, 1)
      assert.deepEqual(counted(other?.stderr ?? ''), counted(one?.stderr ?? ''))
    }
  }
  for (const bad of ['0', '17', '1.5', 'many']) {
    const refused = rampart('replay', '--threads', bad, ...paths)
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, /whole number from 1 to 16/)
  }
})

/** The summary without what depends on the machine. */
function counted(stderr: string) {
  const { seconds: _s, recordsPerSecond: _r, rssBytes: _b, ...rest } = summaryOf(stderr)
  return rest
}

test('a pipe that nobody reads holds the input back; then all of it comes', async () => {
  const rules = file(
    'all.yml',
    `title: Everything\nid: 22222222-2222-4222-8222-222222222223\nlevel: low\nlogsource: {product: linux, category: process_creation}\ndetection: {s: {Image|endswith: /id}, condition: s}\n`,
  )
  const record = `{"type":"process.started","process":{"pid":1,"executable":"/usr/bin/id","commandLine":"${'x'.repeat(400)}"}}\n`
  const count = 60_000
  const path = file('held.ndjson', record.repeat(count))
  for (const threads of ['1', '2']) {
    const child = spawn(
      process.execPath,
      [main, 'replay', '--json', '--matches', '--no-own-models', '--sigma', rules, '--threads', threads, path],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const readBytes = () => Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${child.pid}/io`, 'utf8'))?.[1])
    const first = await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve))
    child.stdout.pause()
    // held back is when every thread of it sleeps, again and again
    for (let asleep = 0; asleep < 10; ) {
      asleep = sleeps(child.pid ?? 0) ? asleep + 1 : 0
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.ok(readBytes() < (count * record.length) / 2, `${readBytes()} bytes read`)
    let lines = newlines(first)
    child.stdout.on('data', (part: Buffer) => {
      lines += newlines(part)
    })
    child.stdout.resume()
    const [status] = await once(child, 'close')
    assert.equal(status, 1)
    assert.equal(lines, count)
  }
})

const newlines = (part: Buffer) => part.toString('latin1').split('\n').length - 1
const sleeps = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).every((task) => {
    try {
      return / S /.test(readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8').replace(/^.*\)/, ''))
    } catch {
      // a thread that has just ended
      return false
    }
  })

test('Ctrl-C ends it at once, with its threads and without complaint', async () => {
  const pipe = join(directory, 'pipe')
  assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
  // open for both, so that it never ends
  const end = await open(pipe, 'r+')
  // more than is read before the format is known, and no more than that and what a pipe holds
  const written = end.write(`${JSON.stringify({ type: 'process.danced' })}\n`.repeat(4_000))
  const child = spawn(process.execPath, [main, 'replay', '--threads', '2', pipe], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  for await (const part of child.stderr) {
    complaint += part
    // it reads: what cannot be read is told
    if (complaint.includes('only counted')) child.kill('SIGINT')
  }
  assert.equal((await written).bytesWritten, 104_000)
  await end.close()
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  assert.deepEqual([child.exitCode, child.signalCode], [null, 'SIGINT'])
  assert.doesNotMatch(complaint, /Error|at file:/)
})

test('neither names of files nor values of events reach a terminal as they are, with --json too', () => {
  const hostile = '\u009b2J\u202e'
  const log = file(`auth${hostile}.log`, failures('203.0.113.46').replaceAll('root', `ro${hostile}ot`))
  for (const args of [['--json'], ['--json', '--matches'], ['--matches'], []]) {
    const { stdout, stderr } = rampart('replay', ...args, log)
    assert.ok(stdout.includes('203.0.113.46') || args.includes('--matches'), args.join(' '))
    assert.doesNotMatch(stdout + stderr, /[\u0080-\u009f\u202e]/, args.join(' '))
    if (args.includes('--json')) assert.ok(json(stdout.trimEnd().split('\n')).length > 0)
  }
})
