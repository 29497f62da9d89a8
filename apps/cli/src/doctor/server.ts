/** The running server: does it answer, is it ready, which version, what has it lost. Or: could it start. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { InspectedState } from '@rampart/server'
import { readRunFile } from '../run-file.ts'
import { type Check, fine, problem, skipped, warning } from './check.ts'
import { holderOf, type PortHolder } from './port-holder.ts'

const patienceMs = 5000

export interface ServerPlaces {
  /** State directory of `rampart up`, which says where the console is. */
  base: string
  /** Where the console should be when nobody says. */
  console: string
  ports: readonly { id: string; title: string; host: string; port: number }[]
}

export async function checkServer(state: InspectedState, places: ServerPlaces): Promise<Check[]> {
  if (state.holder === null) {
    const ports = await Promise.all(places.ports.map(free))
    return [skipped('server', 'Server', 'it does not run'), ...ports]
  }
  const address = readRunFile(places.base)?.console ?? addressOf(state.holder) ?? places.console
  try {
    const ready = await fetch(new URL('/health/ready', address), { signal: AbortSignal.timeout(patienceMs) })
    const { ok, problems = [] } = (await ready.json()) as { ok: boolean; problems?: string[] }
    const answers = ok
      ? fine('server.ready', 'Server', `runs (pid ${state.holder}) and is ready at ${address}`)
      : problem(
          'server.ready',
          'Server',
          `runs (pid ${state.holder}) but is not ready: ${problems.join(', ')}`,
          'Its log and the banner in the console say what is wrong; most often the disk is full.',
        )
    return [answers, ...(await counters(address)), ...skew(ready)]
  } catch (error) {
    const cause = (error as { cause?: Error }).cause ?? (error as Error)
    return [
      problem(
        'server.ready',
        'Server',
        `runs (pid ${state.holder}) but does not answer at ${address}: ${cause.message}`,
        'Look at its log. If it was started with another address, give that one with --console.',
      ),
    ]
  }
}

/** From the options of the running process, for a server that `rampart up` did not start. */
function addressOf(pid: number): string | undefined {
  try {
    const words = readFileSync(join('/proc', String(pid), 'cmdline'), 'utf8').split('\0')
    const listen = words[words.indexOf('--listen') + 1]
    return words.includes('--listen') && listen
      ? `http${listen.startsWith('127.') || listen.startsWith('localhost') ? '' : 's'}://${listen}`
      : undefined
  } catch {
    return undefined
  }
}

/** Numbers of /metrics that should be zero. */
const losses = [
  [
    'rampart_events_refused_total',
    'Refused events',
    'They are kept in refused-events.ndjson in the state directory, with the reason.',
  ],
  [
    'rampart_write_failures_total',
    'Failed writes',
    'The disk was full or failing; the server tried again. Check its disk.',
  ],
  [
    'rampart_findings_refused_total',
    'Refused findings',
    'They are kept in refused-events.ndjson in the state directory. Please report them.',
  ],
] as const

async function counters(address: string): Promise<Check[]> {
  const answer = await fetch(new URL('/metrics', address), { signal: AbortSignal.timeout(patienceMs) }).catch(
    () => undefined,
  )
  if (!answer?.ok) return [skipped('server.losses', 'Losses', 'the metrics cannot be read from here')]
  const text = await answer.text()
  const checks = losses.flatMap(([name, title, advice]) => {
    const total = sumOf(text, name)
    return total > 0 ? [warning(`server.${name}`, title, `${total} since the start`, advice)] : []
  })
  return checks.length > 0 ? checks : [fine('server.losses', 'Losses', 'none since the start')]
}

/** Sum of all series of one metric in Prometheus' text format. */
export function sumOf(text: string, name: string): number {
  let sum = 0
  for (const line of text.split('\n'))
    if (line.startsWith(`${name} `) || line.startsWith(`${name}{`))
      sum += Number(line.slice(line.lastIndexOf(' ') + 1)) || 0
  return sum
}

function skew(answer: Response): Check[] {
  const at = Date.parse(answer.headers.get('date') ?? '')
  const seconds = Math.round(Math.abs(Date.now() - at) / 1000)
  return seconds > 5
    ? [
        warning(
          'server.clock',
          'Clock of the server',
          `${seconds} s apart from here`,
          'Set both clocks right, e.g. with chrony.',
        ),
      ]
    : []
}

function taken(id: string, title: string, place: string, holder: PortHolder | undefined, port: number): Check {
  if (holder === undefined)
    return problem(
      id,
      title,
      `${place} is taken by another program`,
      `Stop that program (as root, ss -ltnp 'sport = :${port}' names it), or choose another port.`,
    )
  if (holder.rampart === null)
    return problem(
      id,
      title,
      `${place} is taken by another program: ${holder.program} (pid ${holder.pid})`,
      'Stop that program, or choose another port.',
    )
  const state = holder.rampart === '' ? 'the usual state directory' : `the state directory ${holder.rampart}`
  return problem(
    id,
    title,
    `${place} is taken by another Rampart server (pid ${holder.pid}) with ${state}`,
    'Ask about that one with --state, stop it, or give this one other addresses.',
  )
}

function free({ id, title, host, port }: ServerPlaces['ports'][number]): Promise<Check> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(taken(id, title, `${host}:${port}`, holderOf(port), port))
      else resolve(problem(id, title, `${host}:${port}: ${error.message}`, 'Choose another port.'))
    })
    probe.listen(port, host, () => probe.close(() => resolve(fine(id, title, `${host}:${port} is free`))))
  })
}
