/** A policy that changes what is watched reaches the kernel while the agent runs: nothing is started again, nothing is missed meanwhile. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { EventOf } from '@rampart/event'
import { whyNoKernelSensors } from '@rampart/sensor'
import { setUp, until } from './harness.ts'

test('another watch list takes effect in a running agent, without restart and without loss', {
  skip: whyNoKernelSensors() ?? false,
}, async (t) => {
  const { server, agent } = await setUp(t)
  const directory = mkdtempSync(join(tmpdir(), 'agent-policy-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const [before, after] = [join(directory, 'before'), join(directory, 'after')]
  for (const one of [before, after]) mkdirSync(one)
  const watches = (...places: string[]) => ({ sensor: { watches: places.map((path) => ({ path, report: 'all' })) } })
  server.policy = watches(before)
  agent.start('--real-sensors')
  const paths = (place: string) =>
    new Set(
      server.events
        .filter((event): event is EventOf<'file.written'> => event.type === 'file.written')
        .map(({ file }) => file.path)
        .filter((path) => path.startsWith(`${place}/`)),
    )
  const health = () => server.health.at(-1)?.sensors.find(({ sensor }) => sensor === 'ebpf.file')
  await until('the sensors', () => health()?.state === 'running', 60_000)

  // One file a few milliseconds in both places, over the whole change.
  const writer = spawn(
    '/bin/sh',
    [
      '-c',
      `i=0; while [ ! -e ${directory}/stop ]; do i=$((i+1)); : > ${before}/$i; : > ${after}/$i; sleep 0.01; done; echo $i`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let written = ''
  writer.stdout.on('data', (text) => {
    written += text
  })
  t.after(() => writer.kill())
  await until('events of the first place', () => paths(before).size > 50)
  assert.equal(paths(after).size, 0)
  const pid = agent.sensorPid
  server.send({ type: 'policy', policy: watches(before, after) })
  await until('events of the second place', () => paths(after).size > 50)
  await spawn('/bin/touch', [join(directory, 'stop')])
  await until('the end of the writer', () => written !== '')
  const last = Number(written)
  await until('the last file in both places', () =>
    [before, after].every((place) => paths(place).has(join(place, String(last)))),
  )
  assert.equal(paths(before).size, last, 'every file of the first place')
  const seen = [...paths(after)].map((path) => Number(path.split('/').at(-1)))
  const first = Math.min(...seen)
  assert.equal(seen.length, last - first + 1, 'every file of the second place from the first one seen on')
  assert.equal(agent.sensorPid, pid, 'the sensors were not started again')
  assert.equal(health()?.eventsLost, 0)

  server.send({ type: 'policy', policy: watches(after) })
  await until('silence of the first place', async () => {
    const mark = join(after, `mark-${performance.now()}`)
    const marked = join(before, mark.split('/').at(-1) ?? '')
    await new Promise((resolve) => spawn('/bin/touch', [marked, mark]).once('exit', resolve))
    await until('the mark', () => paths(after).has(mark))
    return !paths(before).has(marked)
  })
  assert.equal(agent.sensorPid, pid)
})
