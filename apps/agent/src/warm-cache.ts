/** The compile cache of the agent's processes: filled by a process that loads all their code and ends, when code or Node changed. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** More than it takes on the slowest host: without the cache the agent needs more memory and works all the same. */
const limitS = 60

const warm = fileURLToPath(new URL('./warm.ts', import.meta.url))

/**
 * Makes sure that `directory` holds compiled code for these flags of node; the cache is kept by flags. Failing costs memory
 * later and nothing else.
 */
export function warmCache(directory: string, nodeFlags: readonly string[], environment: NodeJS.ProcessEnv): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const stampPath = join(directory, 'stamp')
    const stamp = stampOf(nodeFlags)
    if (readStamp(stampPath) === stamp) return
    // A program of its own holds the limit, so that it holds too when this process is ended meanwhile.
    spawnSync('timeout', ['-s', 'KILL', String(limitS), process.execPath, ...nodeFlags, warm], {
      env: environment,
      stdio: 'ignore',
    })
    writeFileSync(stampPath, stamp)
  } catch {
    // A full disk, for one.
  }
}

function readStamp(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Changes with Node, its flags, and any file of the sources that the agent loads. */
function stampOf(nodeFlags: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([process.version, nodeFlags]))
  for (const folder of ['.', '../../../packages/sensor/src', '../../../packages/event/src']) {
    const root = fileURLToPath(new URL(folder, import.meta.url))
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()) {
      if (!name.endsWith('.ts')) continue
      const { mtimeMs, size } = statSync(join(root, name))
      hash.update(`${name} ${mtimeMs} ${size}\n`)
    }
  }
  return hash.digest('hex')
}
