// `rampart sigma check` and `rampart sigma explain` as a person runs them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'

const main = resolve(import.meta.dirname, '../src/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'rampart-sigma-'))
after(() => rmSync(folder, { recursive: true }))

const good = join(folder, 'good.yml')
writeFileSync(
  good,
  `title: Whoami
id: 929a690e-bef0-4204-a928-ef5e620d6fcc
logsource: {category: process_creation, product: windows}
detection:
  selection:
    Image|endswith: '\\whoami.exe'
  filter:
    User: SYSTEM
  condition: selection and not filter
`,
)
const bad = join(folder, 'bad.yml')
writeFileSync(bad, 'title: Bad\nlogsource: {category: test}\ndetection:\n  s:\n    A|contians: x\n  condition: s\n')

function rampart(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'sigma', ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('check says nothing about good rules', () => {
  const { status, stdout, stderr } = rampart('check', good)
  assert.deepEqual({ status, stdout }, { status: 0, stdout: '' })
  assert.match(stderr, /1 files, 1 documents: 0 errors, 0 warnings/)
})

test('check gives place, code, reason and advice, and status 1', () => {
  const { status, stdout } = rampart('check', folder)
  assert.equal(status, 1)
  assert.equal(
    stdout,
    `${bad}:5:5 sigma.unknown-modifier "contians" is not a modifier\n  Use a modifier of the Sigma specification 2.1, in lower case.\n`,
  )
})

test('check --json prints one issue a line and a summary', () => {
  const { status, stdout, stderr } = rampart('check', '--json', folder)
  assert.equal(status, 1)
  const issue = JSON.parse(stdout)
  assert.deepEqual([issue.code, issue.line, issue.column, issue.title], ['sigma.unknown-modifier', 5, 5, 'Bad'])
  assert.deepEqual(JSON.parse(stderr), { summary: { files: 2, documents: 2, errors: 1, warnings: 0 } })
})

test('check of a path that is not there is status 2', () => {
  assert.equal(rampart('check', join(folder, 'nowhere.yml')).status, 2)
})

test('explain shows what held and what did not', () => {
  const event =
    '{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Image":"C:\\\\Windows\\\\whoami.exe","User":"SYSTEM"}'
  const { status, stdout } = rampart('explain', good, event)
  assert.equal(status, 0)
  assert.equal(
    stdout,
    `- Whoami
  + log source windows/process_creation reads windows/sysmon/1
  - condition: selection and not filter
    - and
      + selection
        + Image|endswith: "\\\\whoami.exe"  (record: "C:\\\\Windows\\\\whoami.exe")
      - not
        + filter
          + User: "SYSTEM"  (record: "SYSTEM")
`,
  )
})

test('explain reads a record of a file and says by status 1 that the rule holds', () => {
  const events = join(folder, 'events.ndjson')
  writeFileSync(
    events,
    '{"EventID":1}\n{"Provider_Name":"Microsoft-Windows-Sysmon","EventID":1,"Image":"c:\\\\WHOAMI.exe"}\n',
  )
  assert.equal(rampart('explain', good, events).status, 0)
  const { status, stdout } = rampart('explain', '--json', '--record', '2', good, events)
  assert.equal(status, 1)
  assert.equal(JSON.parse(stdout).held, true)
  assert.equal(rampart('explain', '--record', '3', good, events).status, 2)
})
