/** A sensor for the bench: events like those of real processes, as fast or as evenly as `plan.json` says. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Event } from '@rampart/event'
import type { Sensor, SensorContext } from '@rampart/sensor'

const words = [
  'cat',
  'grep -r pattern',
  'curl -s https://example.com/feed',
  'ls -la',
  'python3 /opt/job/run.py --input',
  'sh -c',
]

export async function startSensors(context: SensorContext): Promise<Sensor[]> {
  const path = join(context.stateDirectory, 'plan.json')
  const plan: { perTick: number; everyMs: number; limit: number } = existsSync(path)
    ? JSON.parse(readFileSync(path, 'utf8'))
    : { perTick: 0, everyMs: 1000, limit: 0 }
  let seen = 0
  let timer: NodeJS.Timeout | undefined
  const ancestors = ['bash', 'sshd', 'sshd', 'systemd'].map((name, at) => ({
    pid: 4 - at,
    entityId: `${context.bootId}-${4 - at}-100${at}`,
    executable: `/usr/bin/${name}`,
    commandLine: `/usr/bin/${name} --option`,
    name,
    user: { id: 0, name: 'root' },
  }))

  function makeEvent(): Event {
    const n = ++seen
    const commandLine = `${words[n % words.length]} /srv/data/${n % 997}/file-${n}.txt`
    return {
      schema: 1,
      id: `${context.asset.id}/${context.bootId}/${process.pid}-${n}`,
      at: Date.now(),
      receivedAt: Date.now(),
      asset: context.asset,
      sensor: 'bench',
      user: { id: 1000, name: 'deploy' },
      type: 'process.started',
      process: {
        pid: 1000 + (n % 30_000),
        entityId: `${context.bootId}-${1000 + (n % 30_000)}-${n}`,
        startedAt: Date.now(),
        executable: `/usr/bin/${(words[n % words.length] ?? 'x').split(' ')[0]}`,
        name: 'job',
        commandLine,
        arguments: commandLine.split(' '),
        workingDirectory: '/srv/data',
        user: { id: 1000, name: 'deploy' },
        // A lane each ten thousand events: the fair queue has work to do.
        ancestors: [{ pid: 5, entityId: `tree-${Math.floor(n / 10_000)}` }, ...ancestors],
      },
    }
  }
  function tick(): void {
    for (let at = 0; at < plan.perTick && seen < plan.limit; at++) context.emit(makeEvent())
    timer = setTimeout(tick, plan.everyMs)
  }
  tick()
  const health = { state: 'running' as const, eventsLost: 0, lostByCause: {}, capabilities: {} }
  return [
    {
      name: 'bench',
      start: async () => {},
      stop: async () => clearTimeout(timer),
      health: () => ({ ...health, sensor: 'bench', eventsSeen: seen }),
    },
  ]
}
