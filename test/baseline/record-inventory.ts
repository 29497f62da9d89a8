/**
 * Records what an ordinary day changes in the inventory of a server: runs a script inside an overlay of the root file system while the
 * inventory sensors look there every second. Root only: `tools/node test/baseline/record-inventory.ts SCRIPT OUTPUT.ndjson.gz`.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Event } from '@rampart/event'
import { enterOverlay } from './overlay.ts'

const [script, output] = process.argv.slice(2)
if (!script || !output || process.getuid?.() !== 0) {
  process.stderr.write('usage (as root): tools/node test/baseline/record-inventory.ts SCRIPT OUTPUT.ndjson.gz\n')
  process.exit(2)
}

const enter = `${enterOverlay}cd /
exec "$3" "$4"
`
const work = mkdtempSync(join(tmpdir(), 'baseline-'))
const overlay = join(work, 'overlay')
mkdirSync(overlay)
const watcher = fileURLToPath(new URL('watch-inventory.ts', import.meta.url))
const ran = spawnSync(
  'unshare',
  ['--mount', '/bin/sh', '-c', enter, 'enter', overlay, resolve(script), process.execPath, watcher],
  { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] },
)
spawnSync('umount', ['-l', overlay])
rmSync(work, { recursive: true, force: true })

const events = ran.stdout
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Event)
// Ports that other programs of the recording machine opened meanwhile.
const own = events.filter(
  (event) =>
    event.type !== 'inventory.changed' ||
    event.kind !== 'port' ||
    /^\/usr\/s?bin\//.test(String((event.after ?? event.before)?.program)),
)
writeFileSync(output, gzipSync(`${own.map((event) => JSON.stringify(event)).join('\n')}\n`, { level: 9 }))
process.stdout.write(`${own.length} events of ${events.length} kept in ${output}\n`)
