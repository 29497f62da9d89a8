import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { startKernelSensors } from '../src/kernel/start.ts'
import { defaultSensorPolicy } from '../src/policy.ts'
import type { SensorHealth } from '../src/sensor.ts'
import { run, skip } from './observe.ts'

async function healthWith(directory: string): Promise<SensorHealth[]> {
  const sensors = await startKernelSensors(
    {
      asset: { id: 'asset-1', name: 'host', kind: 'host' },
      bootId: 'boot',
      emit: () => assert.fail('there is nothing to emit'),
      report: () => {},
      stateDirectory: directory,
      policy: defaultSensorPolicy,
    },
    directory,
  )
  const reported = sensors.map((sensor) => sensor.health())
  for (const sensor of sensors) await sensor.stop()
  return reported
}

test('without the built programs every sensor says what to do', { skip }, async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'rampart-missing-'))
  try {
    const all = await healthWith(directory)
    assert.equal(all.length, 5)
    for (const health of all) {
      assert.equal(health.state, 'unavailable')
      assert.match(health.reason ?? '', /not built .* `make bpf`/)
      for (const capability of Object.values(health.capabilities)) assert.equal(capability.works, false)
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('without root every sensor says so', {
  skip: process.getuid?.() !== 0 && 'not root: nothing to give up',
}, async () => {
  const module = new URL('../src/kernel/availability.ts', import.meta.url).href
  const script = `const { whyUnavailable } = await import(${JSON.stringify(module)}); console.log(whyUnavailable())`
  const ran = await run(
    'setpriv',
    '--reuid=65534',
    '--clear-groups',
    process.execPath,
    '--input-type=module',
    '-e',
    script,
  )
  assert.match(ran.output, /^Not root: .*Start the agent as root/)
  const bounded = await run(
    'setpriv',
    '--bounding-set=-all',
    '--inh-caps=-all',
    process.execPath,
    '--input-type=module',
    '-e',
    script,
  )
  assert.match(bounded.output, /^Root without the capabilities .*--privileged/)
})
