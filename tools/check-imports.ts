/**
 * Checks the import directions of the house: who may import whom, no cycles, no deep imports, no Node names in pure packages.
 * Prints `file:line message` for every violation; exit status 1 when there is one.
 */
import { globSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Workspace → workspaces it may import. `types` after a colon allows `import type` only. */
const allowed: Record<string, string[]> = {
  event: [],
  sigma: [],
  scan: ['event'],
  intel: ['event'],
  sensor: ['event', 'scan'],
  detection: ['event', 'sigma', 'intel'],
  models: ['event', 'intel', 'detection'],
  alert: ['event', 'detection:types'],
  policy: ['event'],
  response: ['event', 'alert:types', 'policy'],
  api: ['event', 'alert:types', 'policy:types', 'response:types'],
  agent: ['event', 'sigma', 'scan', 'intel', 'sensor', 'detection', 'policy', 'response', 'api'],
  server: ['event', 'sigma', 'scan', 'intel', 'detection', 'models', 'alert', 'policy', 'response', 'api'],
  console: ['api'],
  cli: [
    'event',
    'sigma',
    'scan',
    'intel',
    'sensor',
    'detection',
    'models',
    'alert',
    'policy',
    'response',
    'api',
    'agent',
    'server',
  ],
}
/** These run anywhere: no Node or DOM module, no clock, no randomness. */
const pure = new Set(['event', 'sigma', 'intel', 'detection'])
const impure =
  /\b(Date\.now|new Date\(\)|performance\.now|Math\.random|setTimeout|setInterval|process\.(env|cwd|hrtime))\b/

const root = fileURLToPath(new URL('..', import.meta.url))
const files = globSync('{packages,apps}/*/src/**/*.{ts,tsx}', { cwd: root })
const violations: string[] = []
const edges = new Map<string, Set<string>>()

for (const file of files) {
  const [, workspace = ''] = file.split(sep)
  const isTest = /\.test\.tsx?$|\/testing\//.test(file)
  const text = readFileSync(resolve(root, file), 'utf8')
  const report = (index: number, message: string) =>
    violations.push(`${file}:${text.slice(0, index).split('\n').length} ${message}`)

  for (const match of text.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm,
  )) {
    const typeOnly = match[1] !== undefined
    const specifier = match[2] ?? match[3] ?? ''
    if (specifier.startsWith('@rampart/')) {
      const [, target = '', ...deep] = specifier.split('/')
      if (deep.length > 0 && !declaresExport(target, deep.join('/')))
        report(match.index, `deep import of ${specifier}; a package is entered by its exports`)
      if (isTest) continue
      if (!typeOnly) edges.set(workspace, (edges.get(workspace) ?? new Set()).add(target))
      const rules = allowed[workspace] ?? []
      if (target !== workspace && !rules.includes(target)) {
        if (!rules.includes(`${target}:types`)) report(match.index, `${workspace} may not import ${target}`)
        else if (!typeOnly) report(match.index, `${workspace} may import only types of ${target}`)
      }
    } else if (specifier.startsWith('.')) {
      const target = relative(root, resolve(root, file, '..', specifier)).split(sep)
      // What all tests need stands once, beside those that belong to no package.
      if (isTest && target[0] === 'test') continue
      if (target[1] !== workspace)
        report(match.index, `${specifier} leaves the package; import @rampart/${target[1]} instead`)
      const feature = featureOf(file.split(sep))
      const other = featureOf(target)
      if (workspace === 'console' && feature && other && feature !== other)
        report(match.index, `feature ${feature} may not import feature ${other}`)
    } else if (pure.has(workspace) && !isTest && isNode(specifier))
      report(match.index, `${workspace} may not use ${specifier}: it has no Node names`)
  }
  if (pure.has(workspace) && !isTest)
    for (const [index, line] of text.split('\n').entries())
      if (impure.test(line) && !/^\s*(\*|\/\/)/.test(line))
        violations.push(`${file}:${index + 1} ${workspace} has no clock, randomness or environment`)
}

function declaresExport(workspace: string, path: string): boolean {
  const [manifest] = globSync(`{packages,apps}/${workspace}/package.json`, { cwd: root })
  if (!manifest) return false
  const exports = (JSON.parse(readFileSync(resolve(root, manifest), 'utf8')) as { exports?: Record<string, string> })
    .exports
  return exports?.[`./${path}`] !== undefined
}

function featureOf(parts: string[]): string | undefined {
  const index = parts.indexOf('features')
  return index >= 0 ? parts[index + 1] : undefined
}

function isNode(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier)
}

function findCycle(from: string, trail: string[] = []): string[] | undefined {
  if (trail.includes(from)) return [...trail.slice(trail.indexOf(from)), from]
  for (const next of edges.get(from) ?? []) {
    const cycle = next === from ? undefined : findCycle(next, [...trail, from])
    if (cycle) return cycle
  }
  return undefined
}
for (const workspace of edges.keys()) {
  const cycle = findCycle(workspace)
  if (cycle) {
    violations.push(`cycle: ${cycle.join(' → ')}`)
    break
  }
}

for (const pipeline of ['apps/server/src/pipeline.ts', 'apps/agent/src/pipeline.ts']) {
  const lines = readFileSync(resolve(root, pipeline), 'utf8').split('\n').length
  if (lines >= 100) violations.push(`${pipeline}:1 has ${lines} lines; the map stays under 100`)
}

for (const violation of violations) console.log(violation)
console.log(
  violations.length === 0 ? `imports: ${files.length} files, no violation` : `imports: ${violations.length} violations`,
)
process.exit(violations.length === 0 ? 0 : 1)
