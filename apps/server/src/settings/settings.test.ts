/** Settings at the level of a running server: the file, the console, which comes first, and what is refused. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from '../index.ts'
import { TestConsole } from '../testing/test-console.ts'
import { startTestServer, temporaryDirectory } from '../testing/test-server.ts'
import { parseSettings, readSettingsFile } from './settings-file.ts'

const issuesOf = (text: string) => {
  const parsed = parseSettings(text, 'rampart.yml')
  return parsed.ok ? [] : parsed.error.map(({ place, code, message }) => `${place} ${code} ${message}`)
}

test('a file that is wrong is told with every place, and none of it counts', () => {
  assert.deepEqual(
    issuesOf('sessions:\n  idleMinuts: 60\n  longestHours: 0\nretention.eventDays: 3\ncolour:\n  of: night\n'),
    [
      'rampart.yml:2:3 settings.unknown-name There is no setting "sessions.idleMinuts". Did you mean sessions.idleMinutes?',
      'rampart.yml:3:17 settings.invalid-value sessions.longestHours must be a whole number from 1 to 2160 (hours).',
      'rampart.yml:5:1 settings.unknown-name There is no setting "colour". docs/reference/settings.md lists them all.',
    ],
  )
  assert.match(issuesOf('sessions: {idleMinutes: 60')[0] ?? '', /^rampart\.yml:1:\d+ settings\.invalid-yaml /)
  assert.match(
    issuesOf('sessions:\n  idleMinutes: 60\n  idleMinutes: 61\n')[0] ?? '',
    /^rampart\.yml:3:3 settings\.invalid-yaml /,
  )
  assert.match(issuesOf('- a\n')[0] ?? '', /^rampart\.yml:1:1 settings\.invalid-yaml /)
  assert.match(issuesOf('sessions: 5\n')[0] ?? '', /^rampart\.yml:1:1 settings\.unknown-name /)
  assert.match(
    issuesOf('server:\n  names: &a [x]\n  listen: *a\n')[0] ?? '',
    /^rampart\.yml:3:11 settings\.invalid-value /,
  )
  assert.deepEqual(issuesOf(''), [])
  assert.deepEqual(issuesOf('# nothing\n'), [])
})

test('a file that others can change is not read', (t) => {
  const directory = temporaryDirectory()
  t.after(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'rampart.yml')
  assert.equal(readSettingsFile(file, false).ok, true)
  const missing = readSettingsFile(file, true)
  assert.equal(!missing.ok && missing.error[0]?.code, 'settings.unreadable')
  writeFileSync(file, '')
  chmodSync(file, 0o666)
  const open = readSettingsFile(file, false)
  assert.equal(!open.ok && open.error[0]?.code, 'settings.not-private')
})

test('a server does not start with a wrong file, and says where', async (t) => {
  const directory = temporaryDirectory()
  t.after(() => rmSync(directory, { recursive: true }))
  const state = join(directory, 'state')
  mkdirSync(state, { mode: 0o700 })
  writeFileSync(join(state, 'rampart.yml'), 'server:\n  logLevel: loud\n')
  const started = await startServer({ stateDirectory: state, log: 'none' })
  assert.ok(!started.ok)
  assert.equal(started.error.code, 'settings.invalid')
  assert.match(started.error.message, /rampart\.yml:2:13 settings\.invalid-value server\.logLevel must be one of debug/)
})

test('the file comes before the console, the console before the default; a reload takes all or nothing', async (t) => {
  const own = await startTestServer()
  t.after(own.end)
  const file = join(own.directory, 'state', 'rampart.yml')
  const browser = new TestConsole(own.server.consoleUrl)
  await browser.begin(own.server.firstUser ?? { name: '', password: '' })
  const change = (values: Record<string, unknown>) => browser.call('changeSettings', { body: { values } })
  const state = async (name: string) => {
    const { items } = (await browser.call('listSettings')).body
    const { value, source, place } = items.find((item: { name: string }) => item.name === name)
    return [value, source, place]
  }
  assert.deepEqual(await state('retention.eventDays'), [30, 'default', null])
  assert.equal(
    (await change({ 'retention.eventDays': 7, 'sessions.idleMinutes': 1 })).body.code,
    'settings.invalid-value',
  )
  assert.deepEqual(await state('retention.eventDays'), [30, 'default', null], 'nothing of it was taken')
  assert.equal((await change({ 'retention.eventDays': 7 })).status, 200)
  assert.deepEqual(await state('retention.eventDays'), [7, 'console', null])
  const missing = await change({ 'retention.eventDay': 7 })
  assert.deepEqual(
    [missing.status, missing.body.code, missing.body.path],
    [400, 'settings.unknown-name', 'retention.eventDay'],
  )
  assert.equal((await change({ 'server.listen': ':80' })).body.code, 'settings.file-only')

  writeFileSync(file, 'retention:\n  eventDays: 14\n  auditDays: 90\n', { mode: 0o600 })
  const reloaded = own.server.reloadSettings()
  assert.ok(reloaded.ok)
  assert.deepEqual(reloaded.value.changes, {
    'retention.eventDays': { from: 7, to: 14 },
    'retention.auditDays': { from: 730, to: 90 },
  })
  assert.deepEqual(await state('retention.eventDays'), [14, 'file', 'rampart.yml:2:3'])
  const pinned = await change({ 'retention.eventDays': 8 })
  assert.deepEqual([pinned.status, pinned.body.code], [409, 'settings.pinned'])

  writeFileSync(file, 'retention:\n  eventDays: 20\n  auditDays: soon\n')
  assert.equal(own.server.reloadSettings().ok, false)
  assert.deepEqual(await state('retention.eventDays'), [14, 'file', 'rampart.yml:2:3'], 'nothing of it was taken')
  const banners = (await browser.call('listBanners')).body.items
  assert.match(banners[0].reason, /rampart\.yml:3:14 retention\.auditDays must be a whole number/)
  writeFileSync(file, '')
  assert.ok(own.server.reloadSettings().ok)
  assert.deepEqual(await state('retention.eventDays'), [7, 'console', null])
  assert.equal((await change({ 'retention.eventDays': null })).status, 200)
  assert.deepEqual(await state('retention.eventDays'), [30, 'default', null])
  await change({ 'sessions.idleMinutes': 60 })
  await own.restart()
  const again = new TestConsole(own.server.consoleUrl)
  await again.signIn('admin', 'a new and long password')
  const { items } = (await again.call('listSettings')).body
  assert.equal(items.find((item: { name: string }) => item.name === 'sessions.idleMinutes').value, 60)
})

test('the K8s toggle is one decision, whether made as a setting or as a defence item', async (t) => {
  const own = await startTestServer()
  t.after(own.end)
  const browser = new TestConsole(own.server.consoleUrl)
  await browser.begin(own.server.firstUser ?? { name: '', password: '' })
  const item = async () =>
    (await browser.call('listDefenceItems')).body.items.find(
      (one: { id: string }) => one.id === 'k8s-abnormal-behavior',
    ).enabled
  const setting = async () =>
    (await browser.call('listSettings')).body.items.find((one: { name: string }) => one.name === 'general.kubernetes')
      .value
  assert.deepEqual([await item(), await setting()], [false, false])
  await browser.call('switchDefenceItem', { id: 'k8s-abnormal-behavior', body: { enabled: true } })
  assert.deepEqual([await item(), await setting()], [true, true])
  await browser.call('changeSettings', { body: { values: { 'general.kubernetes': false } } })
  assert.deepEqual([await item(), await setting()], [false, false])
  writeFileSync(join(own.directory, 'state', 'rampart.yml'), 'general: { kubernetes: true }\n', { mode: 0o600 })
  assert.ok(own.server.reloadSettings().ok)
  assert.deepEqual([await item(), await setting()], [true, true])
  const refused = await browser.call('switchDefenceItem', { id: 'k8s-abnormal-behavior', body: { enabled: false } })
  assert.deepEqual([refused.status, refused.body.code], [409, 'settings.pinned'])
})
