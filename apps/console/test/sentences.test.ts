/** Everything that server and agents say to people has a Chinese sentence, and nothing in the catalogue is stale. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { refusals, roleNames } from '@rampart/api'
import { parseSync } from 'vite'
import { readCatalogue, translate } from '../src/messages/sentence.ts'
import files from '../src/messages/zh-sentences.ts'

const root = new URL('../../..', import.meta.url).pathname
/** Where sentences for people are written. */
const places = [
  'packages/response/src/**/*.ts',
  'packages/alert/src/life-cycle.ts',
  'packages/alert/src/sqlite/{handle,incident-notes,incident-store,join-incidents}.ts',
  'packages/detection/src/whitelist-pattern.ts',
  'packages/api/src/event-query.ts',
  'packages/policy/src/settings/definition.ts',
  'apps/agent/src/response/{main,responder}.ts',
  'apps/agent/src/upgrade/{fetch,statement,upgrade}.ts',
  'apps/agent/src/uninstall/{begin-removal,remover,remove-package}.ts',
  'apps/server/src/{alert-operations,batches,storage-guard,whitelist-preview}.ts',
  'apps/server/src/response/*.ts',
  'apps/server/src/store/user-acts.ts',
  'apps/server/src/settings/{settings,settings-file}.ts',
  'apps/server/src/archive/search-process.ts',
  'apps/server/src/archive/search/{cursor,search-worker}.ts',
  'apps/server/src/api/{app,asset-view,assignee,console-files,edition-check,gate,live,operations,refused,response-view,sessions}.ts',
  'apps/server/src/api/handlers/*.ts',
]
/** Not for people: statements of SQL, systemd units, log lines, names of steps. */
const notSaid =
  /§ (WHERE|JOIN) |^(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|WITH|FROM|WHERE|ORDER|AND|select|insert|update|delete|create) |\n/

interface Node {
  type: string
  start: number
  value?: unknown
  quasis?: { value: { cooked: string } }[]
  expressions?: Node[]
  consequent?: Node
  alternate?: Node
}
const written: { text: string; place: string }[] = []
for (const path of globSync(places, { cwd: root })) {
  if (/\.(test|contract)\.ts$/.test(path)) continue
  const source = readFileSync(join(root, path), 'utf8')
  walk(parseSync(path, source).program, (node) => {
    const place = `${path}:${source.slice(0, node.start).split('\n').length}`
    for (const text of textsOf(node)) written.push({ text, place })
  })
}

/** A literal, or a template with `§` for what is filled in; both ways where one of two literals is. */
function textsOf(node: Node | undefined): string[] {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? [node.value] : []
  if (node?.type !== 'TemplateLiteral') return []
  let found = ['']
  for (const [at, { value }] of (node.quasis ?? []).entries()) {
    found = found.map((text) => text + value.cooked)
    const filled = node.expressions?.[at]
    if (filled === undefined) continue
    const choices = filled.type === 'ConditionalExpression' ? [filled.consequent, filled.alternate].map(textsOf) : []
    const ways = choices.length > 0 && choices.every((one) => one.length > 0) ? choices.flat() : ['§']
    found = found.flatMap((text) => ways.map((way) => text + way))
  }
  return found
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit)
  else if (value && typeof value === 'object') {
    if ('type' in value) visit(value as Node)
    for (const inner of Object.values(value)) walk(inner, visit)
  }
}

const catalogue = readCatalogue(...files)
const isSentence = (text: string) =>
  /\p{L}{2,} .*\p{L}{2,}/u.test(text.replaceAll('§', ' ')) && /^[\p{Lu}"§].*[.?]$/u.test(text) && !notSaid.test(text)
const chinese = /\p{Script=Han}/u

test('every sentence that is written in server and agent is known in Chinese', () => {
  const unknown = written.filter(
    ({ text }) => isSentence(text) && !chinese.test(translate(text.replaceAll('§', '7'), catalogue)),
  )
  assert.deepEqual(unknown, [])
})

/** What another program says about a place in a request. */
const wordsOfOthers = ['request.invalid']
test('every refusal of the API is known in Chinese', () => {
  const unknown = Object.entries(refusals).filter(
    ([code, { message }]) => !wordsOfOthers.includes(code) && !chinese.test(translate(message, catalogue)),
  )
  assert.deepEqual(unknown, [])
})

test('every sentence of the catalogue is written in server or agent', () => {
  const all = [...written.map(({ text }) => text), ...roleNames].join('\n')
  const words = new Set(all.match(/[\w-]+/g))
  // Some are put together from parts: of those every word has to be there.
  const isWritten = (piece: string) =>
    all.includes(piece) || (piece.match(/[\w-]+/g) ?? []).every((word) => words.has(word) || /^\d+$/.test(word))
  const stale = files.flatMap((file) =>
    Object.keys(file).filter((key) => !key.split(/\{\{\+?\w+\}\}/).every((piece) => isWritten(piece.trim()))),
  )
  assert.deepEqual(stale, [])
})

test('both have the same places to fill in', () => {
  const slots = (text: string) => [...text.matchAll(/\{\{\+?\w+\}\}/g)].map(([slot]) => slot).sort()
  for (const [english, said] of files.flatMap((file) => Object.entries(file)))
    assert.deepEqual(slots(said), slots(english), english)
})

const said = (text: string) => translate(text, catalogue)

test('what is filled in stays as it is, also when it looks like a sentence of ours', () => {
  assert.equal(said('/tmp/a b.sh is in quarantine.'), '/tmp/a b.sh 已移入隔离区。')
  assert.equal(said('/tmp/ is in quarantine. is in quarantine.'), '/tmp/ is in quarantine. 已移入隔离区。')
  assert.equal(said('It is being undone. is back as it was.'), 'It is being undone. 已按原样恢复。')
  assert.equal(said('"{{+name}}" is no IP address and no range.'), '“{{+name}}”不是 IP 地址或网段。')
  assert.equal(said('$& is in quarantine.'), '$& 已移入隔离区。')
})

test('words of ours within a sentence are translated, and so are several sentences in one text', () => {
  assert.equal(said('This needs the role responder.'), '此操作需要响应员角色。')
  assert.equal(
    said('End process 7 (sh) and everything below it on web-1.'),
    '在 web-1 上结束进程 7（sh）及其所有子进程。',
  )
  assert.equal(
    said('192.0.2.1 is never blocked on this host: it is the gateway of this host.'),
    '此主机上不会封禁 192.0.2.1：它是本机的网关。',
  )
  assert.equal(said('/tmp/x is in quarantine. 2 processes ended.'), '/tmp/x 已移入隔离区。已结束 2 个进程。')
  assert.equal(said('Put /a back, unblock 192.0.2.7.'), '恢复 /a、解封 192.0.2.7。')
})

test('what is not known stays whole, and a long hostile text does not grow', () => {
  assert.equal(said('A sentence of a later version.'), 'A sentence of a later version.')
  const hostile = `${'Process 1 ('.repeat(400)}${' is in it: '.repeat(400)}`
  assert.ok(said(hostile).length < 2 * hostile.length)
})
