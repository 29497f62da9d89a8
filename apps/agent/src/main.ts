/** Command line of the agent by itself: `main.ts --state DIR [--token TOKEN] [--supervise] [--cpu FRACTION] [--memory MB] [--no-limits]`. */
import { parseArgs } from 'node:util'
import { ensureEnrolled, tokenVariable } from './identity/ensure.ts'
import { launchAgent } from './launch.ts'

const { values } = parseArgs({
  options: {
    state: { type: 'string' },
    token: { type: 'string' },
    supervise: { type: 'boolean' },
    cpu: { type: 'string' },
    memory: { type: 'string' },
    'no-limits': { type: 'boolean' },
    'sensor-module': { type: 'string' },
    'linger-ms': { type: 'string' },
  },
})

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

const stateDirectory = values.state ?? fail('give the state directory: --state DIR')
const ensured = await ensureEnrolled(stateDirectory, values.token ?? process.env[tokenVariable])
if (!ensured.ok) fail(`${ensured.message} [${ensured.code}]`)

const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))
const cpuFraction = number(values.cpu)
const memoryMegabytes = number(values.memory)
launchAgent({
  stateDirectory,
  supervised: values.supervise,
  sensorModule: values['sensor-module'],
  lingerMs: number(values['linger-ms']),
  limits: values['no-limits']
    ? 'none'
    : {
        ...(cpuFraction !== undefined && cpuFraction > 0 ? { cpuFraction } : {}),
        ...(memoryMegabytes !== undefined && memoryMegabytes > 0 ? { memoryBytes: memoryMegabytes * 1024 * 1024 } : {}),
      },
})
