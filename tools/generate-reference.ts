/**
 * Generates docs/reference from the code: events, API, command line, metrics, settings, models. With `--check` it writes nothing and
 * exits 1 when a file on disk differs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { apiReference } from './reference/api.ts'
import { commandReference } from './reference/commands.ts'
import { eventReference } from './reference/events.ts'
import { metricsReference } from './reference/metrics.ts'
import { modelReference } from './reference/models.ts'
import { settingsReference } from './reference/settings.ts'

const folder = fileURLToPath(new URL('../docs/reference/', import.meta.url))
const checkOnly = process.argv.includes('--check')

const files: Record<string, string> = {
  'events.md': eventReference(),
  'api.md': apiReference(),
  'settings.md': settingsReference(),
  'commands.md': await commandReference(),
  'metrics.md': await metricsReference(),
  ...(await modelReference()),
}

mkdirSync(folder, { recursive: true })
const stale: string[] = []
for (const [name, text] of Object.entries(files)) {
  const path = folder + name
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  stale.push(`docs/reference/${name}`)
  if (!checkOnly) writeFileSync(path, text)
}
if (checkOnly && stale.length > 0) console.log(`stale: ${stale.join(', ')}; run \`make reference\``)
else console.log(`reference: ${Object.keys(files).length} files, ${stale.length} ${checkOnly ? 'stale' : 'written'}`)
process.exit(checkOnly && stale.length > 0 ? 1 : 0)
