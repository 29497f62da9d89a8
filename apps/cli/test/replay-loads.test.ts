/** What a replay of rules loads: neither the sensors of a host nor the schemas, which would take longer than a short input. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { strToU8, zipSync } from 'fflate'
import { whoamiLine, whoamiRule } from './whoami.ts'

const main = resolve(import.meta.dirname, '../src/main.ts')
const directory = mkdtempSync(join(tmpdir(), 'rampart-loads-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const at = (name: string, content: string | Uint8Array) => {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

const list = join(directory, 'loaded')
const hook = at(
  'hook.mjs',
  `import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(list)}, url + '\\n'); return next(url, context) } })
`,
)
const rule = at('rule.yml', whoamiRule)
const record = whoamiLine

function loads(path: string): { loaded: string[]; stdout: string } {
  rmSync(list, { force: true })
  const args = ['--import', hook, main, 'replay', '--json', '--matches', '--no-own-models', '--sigma', rule, path]
  const done = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.equal(done.status, 1, done.stderr)
  return { loaded: readFileSync(list, 'utf8').split('\n'), stdout: done.stdout }
}
const packagesOf = (loaded: readonly string[]) =>
  new Set(loaded.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []))

test('rules over Windows records', () => {
  const { loaded, stdout } = loads(at('one.ndjson', record))
  assert.match(stdout, /"record":1/)
  assert.deepEqual(
    ['zod', 'koffi', 'yauzl'].filter((name) => packagesOf(loaded).has(name)),
    [],
  )
  assert.ok(loaded.some((url) => url.endsWith('/sigma/src/engine.ts')))
  assert.ok(!loaded.includes('node:http'), 'with it comes all that speaks HTTP in Node')
})

test('what an input needs is loaded with it', () => {
  const zip = loads(at('one.zip', zipSync({ 'one.ndjson': strToU8(record) })))
  assert.match(zip.stdout, /"file":"[^"]*one\.zip\/one\.ndjson","record":1/)
  assert.ok(packagesOf(zip.loaded).has('yauzl'))
  const own = '{"type":"process.started","process":{"pid":5}}\n'
  assert.ok(packagesOf(loads(at('own.ndjson', own + record)).loaded).has('zod'))
})
