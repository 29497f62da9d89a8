/** A fault in one unit of sensors starts that unit again, counted, and leaves the others alone. */
import assert from 'node:assert/strict'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { setUp, until } from './harness.ts'

const failingSensors = fileURLToPath(new URL('./failing-sensors.ts', import.meta.url))

for (const fault of ['timer', 'promise', 'callback'])
  test(`a ${fault} of one unit that fails starts this unit again and no other`, async (t) => {
    const { server, agent } = await setUp(t)
    agent.start('--sensor-module', failingSensors)
    const numbers = (name: string) =>
      server.events
        .filter(({ sensor }) => sensor === name)
        .map(({ process }) => Number(process?.commandLine?.split(' ')[1]))
    const starts = (name: string) => numbers(name).filter((number) => number === 1).length
    await until('events of both', () => starts('steady') === 1 && starts('failing') === 1)
    const pid = agent.sensorPid

    // Renamed into place: the sensor may look between the making of a file and its first byte.
    writeFileSync(join(agent.state, 'sensors/fault.new'), fault)
    renameSync(join(agent.state, 'sensors/fault.new'), join(agent.state, 'sensors/fault'))
    await until('another start', () => starts('failing') === 2)
    const before = numbers('steady').length
    await until('more events of the other', () => numbers('steady').length > before + 20)
    assert.equal(agent.sensorPid, pid, 'the process is the same')
    assert.deepEqual(
      numbers('steady'),
      numbers('steady').map((_, at) => at + 1),
      'the other neither stopped nor lost anything',
    )
    const unit = () => server.health.at(-1)?.sensors.find(({ sensor }) => sensor === 'unit.failing')
    await until('word of it in the health', () => unit()?.state === 'degraded', 30_000)
    assert.match(unit()?.reason ?? '', new RegExp(`a ${fault} of the test failed; starts: 2`))
  })
