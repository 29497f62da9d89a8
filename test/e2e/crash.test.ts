/** Server and agent are killed with SIGKILL again and again while things happen: no alert is lost, none is there twice. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { inDisposableEtc } from './parts/acts.ts'
import { type Client, signInApi } from './parts/api.ts'
import { removeState, startInstallation } from './parts/installation.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root: kernel sensors and mount namespaces'
const acts = 60
const killEveryMs = 1500

/** The pid that a process wrote down; undefined while there is none. */
function pidIn(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10)
  } catch {
    return undefined
  }
}

test('kill -9 of server and agent loses no alert and makes none twice', { skip, timeout: 180_000 }, async () => {
  const installation = await startInstallation({ through: 'launcher' })
  const serverPid = () => pidIn(join(installation.state, 'server', 'server.pid'))
  const agentPid = () => pidIn(join(installation.state, 'agent', 'agent.pid'))
  let kills = 0
  let acting = true
  try {
    await signInApi(installation.console, installation.password)
    const killer = (async () => {
      while (acting) {
        await sleep(killEveryMs)
        for (const pid of kills % 3 === 2 ? [serverPid(), agentPid()] : [kills % 3 === 0 ? serverPid() : agentPid()])
          if (pid) {
            try {
              process.kill(pid, 'SIGKILL')
              kills++
            } catch {
              // Between two lives.
            }
          }
      }
    })()
    const names: string[] = []
    for (let index = 0; index < acts; index++) {
      const name = `crash-test-${index}`
      const finished = await inDisposableEtc(`echo '* * * * * root true' > /etc/cron.d/${name}`)
      assert.equal(finished.code, 0, finished.output)
      names.push(`/etc/cron.d/${name}`)
      await sleep(150)
    }
    acting = false
    await killer
    assert.ok(kills >= 6, `${kills} kills`)

    const counted = await untilQuiet(installation.console, names)
    assert.deepEqual(
      names.filter((name) => counted.get(name)?.length !== 1),
      [],
      `every act has exactly one alert; ${kills} kills\n${installation.output()}`,
    )
    assert.deepEqual(
      names.filter((name) => counted.get(name)?.[0] !== 1),
      [],
      'and it is counted once',
    )
  } finally {
    acting = false
    await installation.stop()
    removeState(installation.state)
  }
})

/** Counts of the alerts per file, once all are there or nothing has moved for ten seconds. */
async function untilQuiet(console: string, names: readonly string[]): Promise<Map<string, number[]>> {
  let client: Client | undefined
  let before = -1
  let movedAt = performance.now()
  for (;;) {
    try {
      client ??= await signInApi(console, null)
      const counted = new Map<string, number[]>()
      for (const alert of await client.alerts()) {
        if (!names.includes(alert.entity.value) || !alert.title.startsWith('Scheduled task file')) continue
        counted.set(alert.entity.value, [...(counted.get(alert.entity.value) ?? []), alert.count])
      }
      if (counted.size !== before) movedAt = performance.now()
      before = counted.size
      if (performance.now() - movedAt > (counted.size === names.length ? 3000 : 10_000)) return counted
    } catch {
      client = undefined
    }
    await sleep(500)
  }
}
