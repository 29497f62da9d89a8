/**
 * Quarantines and restores a file twenty times, going on where an earlier run was killed: what is done next is kept in a file,
 * as the agent keeps it in its journal. `cycle.ts STATE FILE`.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execute } from '../src/execute/index.ts'
import { hostIn } from './host.ts'

const [, , state = '', path = ''] = process.argv
const host = hostIn(state)
const noted = join(state, 'step')
const steps = 40

function next(): number {
  try {
    return Number(readFileSync(noted, 'utf8'))
  } catch {
    return 0
  }
}

process.stdout.write('begins\n')
const first = next()
for (let step = first; step < first + steps || step % 2 === 1; step++) {
  const entry = `qf-${Math.floor(step / 2)}`
  const outcome =
    step % 2 === 0
      ? await execute(
          {
            id: `tk-${step}`,
            kind: 'quarantine-file',
            parameters: { file: { path, sha256: null, inode: null }, entry },
          },
          host,
        )
      : await execute(
          {
            id: `tk-${step}`,
            kind: 'restore-file',
            parameters: { entry, ifInTheWay: 'refuse', path: null, acceptPlace: false },
          },
          host,
        )
  if (outcome.state !== 'done') {
    process.stderr.write(`step ${step}: ${outcome.code} ${outcome.message}\n`)
    process.exit(3)
  }
  writeFileSync(`${noted}.new`, String(step + 1))
  renameSync(`${noted}.new`, noted)
}
