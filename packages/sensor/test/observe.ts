/** Real kernel events for tests: starts the kernel sensors, collects what they emit, waits for what is expected. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Event, type EventOf, type EventType, parseEvent } from '@rampart/event'
import { whyUnavailable } from '../src/kernel/availability.ts'
import { objectDirectory } from '../src/kernel/start.ts'
import { startHostSensors } from '../src/ladder/start.ts'
import { defaultSensorPolicy } from '../src/policy.ts'
import type { PathWatch, Rung, Sensor, SensorHealth, SensorPolicy } from '../src/sensor.ts'

/** Why kernel tests cannot run here, or false: the value of a test's `skip`. */
export const skip: string | false =
  whyUnavailable() ??
  (existsSync(path.join(objectDirectory, 'process.bpf.o')) ? false : 'the kernel programs are not built: run make bpf')

/** How long an event may take; emulated machines need more. */
export const waitMs = Number(process.env.RAMPART_TEST_WAIT_MS ?? 15_000)

export interface Observation {
  readonly events: Event[]
  readonly sensors: Sensor[]
  readonly rung: Rung
  watch(watches: readonly PathWatch[]): boolean
  readonly health: Map<string, SensorHealth>
  /** The first event of that type that fits, seen already or in time. Fails with what was seen instead. */
  expect<Type extends EventType>(type: Type, fits: (event: EventOf<Type>) => boolean): Promise<EventOf<Type>>
  seen<Type extends EventType>(type: Type, fits: (event: EventOf<Type>) => boolean): EventOf<Type>[]
  stop(): Promise<void>
}

export async function observe(policy: Partial<SensorPolicy> = {}, ownProcesses: number[] = []): Promise<Observation> {
  const events: Event[] = []
  const health = new Map<string, SensorHealth>()
  const stateDirectory = mkdtempSync(path.join(tmpdir(), 'rampart-observe-'))
  const { sensors, rung, watch } = await startHostSensors({
    asset: { id: 'asset-1', name: 'host', kind: 'host' },
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    emit: (event) => events.push(event),
    report: (report) => health.set(report.sensor, report),
    stateDirectory,
    ownProcesses,
    // The digest itself is tested, not how busy the machine is.
    policy: { ...defaultSensorPolicy, hashWaitMs: 2000, ...policy },
  })
  const seen = <Type extends EventType>(type: Type, fits: (event: EventOf<Type>) => boolean): EventOf<Type>[] =>
    events.filter((event): event is EventOf<Type> => event.type === type && fits(event as EventOf<Type>))
  /** Without processes: their command lines are those of whatever else runs on the host. */
  const lastOnes = (type: EventType) =>
    events
      .filter((event) => event.type === type)
      .slice(-20)
      .map(({ process, asset: _asset, user: _user, ...rest }) => JSON.stringify({ ...rest, pid: process?.pid }))
      .join('\n')
  return {
    events,
    sensors,
    rung,
    watch,
    health,
    seen,
    async expect(type, fits) {
      const until = performance.now() + waitMs
      for (;;) {
        const [found] = seen(type, fits)
        if (found) {
          const parsed = parseEvent(found)
          assert.ok(parsed.ok, `the event is not valid: ${JSON.stringify(parsed)}`)
          return found
        }
        if (performance.now() > until) {
          assert.fail(`no ${type} that fits; the last ones:\n${lastOnes(type)}`)
        }
        await pause(10)
      }
    },
    async stop() {
      for (const sensor of sensors) await sensor.stop()
      rmSync(stateDirectory, { recursive: true, force: true })
    },
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export interface Ran {
  pid: number
  status: number | null
  output: string
}

/** Runs a program to its end. */
export function run(program: string, ...programArguments: string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (data: Buffer) => {
      output += String(data)
    })
    child.stderr.on('data', (data: Buffer) => {
      output += String(data)
    })
    child.on('error', reject)
    child.on('close', (status) => resolve({ pid: child.pid ?? -1, status, output }))
  })
}

/**
 * Runs a script in another Node process, with `libc(declaration)` to bind functions of the C library. Such a process
 * may change its identity, trace others or end without harm to the test.
 */
export function runScript(script: string): Promise<Ran> {
  const koffi = import.meta.resolve('koffi')
  return run(
    process.execPath,
    '--input-type=module',
    '--eval',
    `import koffi from ${JSON.stringify(koffi)}\nconst library = koffi.load('libc.so.6')\n` +
      `const libc = (declaration) => library.func(declaration)\n${script}`,
  )
}

let count = 0
/** A word that no other process uses, to find one's own events by. */
export function marker(): string {
  count++
  return `mark${process.pid}x${count}`
}
