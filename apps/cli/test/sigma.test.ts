// `rampart sigma check` and `rampart sigma explain` as a person runs them.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { catalogue, type SigmaIssueCode } from '@rampart/sigma'

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

const detection = (selection: string, more = '') =>
  `title: t\nlogsource: {category: test}\ndetection:\n  s:\n    ${selection}\n  condition: s${more}\n`
const named = `${detection('A: 1').replace('title: t', 'title: t\nname: base')}---\n`
const counting = (section: string) => `${named}title: c\ncorrelation: {type: event_count, ${section}}\n`

/** For each code of the catalogue a file, where the issue is in it, and a word of what is said. */
const examples: Record<
  Exclude<SigmaIssueCode, 'sigma.unreadable' | 'sigma.unrouted' | 'sigma.bad-placeholders'>,
  [string, string, string]
> = {
  'sigma.too-large': [`title: ${'x'.repeat(1_000_000)}`, '1:1', '1000007 characters'],
  'sigma.too-many-documents': ['---\ntitle: x\n'.repeat(501), '1:1', '501 documents'],
  'sigma.yaml-syntax': ['title: t\n\tx: 1\n', '2:1', 'Tabs'],
  'sigma.yaml-depth': [`title: t\nx: ${'['.repeat(300)}`, '2:260', '32 levels'],
  'sigma.yaml-size': ['title: t\nx: &x [1, *x]\n', '2:11', 'contains itself'],
  'sigma.duplicate-key': ['title: t\nlogsource: {category: a}\ntitle: u\n', '3:1', '"title" stands twice'],
  'sigma.not-a-rule': ['title: t\nrule: x\n', '1:1', 'no detection, correlation or filter'],
  'sigma.bad-collection': ['action: repeat\ntitle: t\n', '1:1', 'no rule before'],
  'sigma.missing-key': [detection('A: 1').replace('title: t\n', ''), '1:1', '"title" is missing'],
  'sigma.bad-key': ['title: t\nlogsource: linux\ndetection: {s: {A: 1}, condition: s}\n', '2:1', 'must be a map'],
  'sigma.odd-key': [`level: urgent\n${detection('A: 1')}`, '1:1', 'level is "urgent"'],
  'sigma.duplicate-id': [`id: one\n${detection('A: 1')}---\nid: one\n${detection('A: 2')}`, '9:1', 'that of "t"'],
  'sigma.no-selection': [
    'title: t\nlogsource: {category: a}\ndetection: {condition: s}\n',
    '3:1',
    'no search identifier',
  ],
  'sigma.bad-selection': ['title: t\nlogsource: {category: a}\ndetection: {s: [], condition: s}\n', '3:13', 'empty'],
  'sigma.bad-value': [detection('A|cidr: 192.0.2.0/33'), '5:5', '192.0.2.0/33'],
  'sigma.null-in-list': [detection('A: [1, null]'), '5:5', 'null stands in the list'],
  'sigma.single-all': [detection('A|contains|all: [x]'), '5:5', 'one value'],
  'sigma.unknown-modifier': [detection('A|Contains: x'), '5:5', '"Contains"'],
  'sigma.bad-modifiers': [detection('A|contains|re: x'), '5:5', '"re" cannot be applied'],
  'sigma.bad-regex': [detection("A|re: 'a(?=b)'"), '5:5', '(?='],
  'sigma.regex-too-large': [detection("A|re: '((a{99}){99}){99}'"), '5:5', '{99}'],
  'sigma.unresolved-placeholder': [detection("A|expand: '%name%'"), '5:5', '"%name%" has no values'],
  'sigma.too-many-values': [detection(`A|base64offset: [${"'a', ".repeat(17_000)}'a']`), '5:5', '50000 values'],
  'sigma.bad-condition': [detection('A: 1', ' and'), '6:14', 'ends too early'],
  'sigma.unknown-selection': [detection('A: 1', ' or t'), '6:14', '"t" names no search identifier'],
  'sigma.unused-selection': [detection('A: 1').replace('  condition', '  t: {B: 1}\n  condition'), '6:3', 'names "t"'],
  'sigma.unsupported-aggregation': [detection('A: 1', ' | near s\n  timeframe: 1m'), '6:14', 'near s'],
  'sigma.bad-correlation': [
    counting('rules: [], timespan: 1m, condition: {gte: 2}'),
    '10:34',
    'list of rules is empty',
  ],
  'sigma.bad-timespan': [counting('rules: [base], timespan: 1y, condition: {gte: 2}'), '10:49', '"1y"'],
  'sigma.unknown-rule': [counting('rules: [nowhere], timespan: 1m, condition: {gte: 2}'), '10:42', '"nowhere"'],
  'sigma.refused-rule': [
    counting('rules: [base], timespan: 1m, condition: {gte: 2}').replace('A: 1', "A|re: '('"),
    '10:42',
    '"t" was refused',
  ],
  'sigma.correlation-cycle': [
    'title: c\nname: c\ncorrelation: {type: event_count, rules: [c], timespan: 1m, condition: {gte: 2}}\n',
    '3:1',
    'leads back to itself',
  ],
  'sigma.bad-filter': [
    'title: f\nlogsource: {category: a}\nfilter: {rules: any, s: {A: 1}, condition: s | count() > 1}\n',
    '3:1',
    'cannot count',
  ],
  'sigma.unused-filter': [
    'title: f\nlogsource: {category: a}\nfilter: {rules: [nowhere], s: {A: 1}, condition: s}\n',
    '1:1',
    'no rule that is loaded',
  ],
}

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

test('each code of the catalogue is given for a file of its own, with its place, and for no other', () => {
  const all = join(folder, 'catalogue')
  mkdirSync(all)
  for (const [code, [text]] of Object.entries(examples)) writeFileSync(join(all, `${code}.yml`), text)
  spawnSync('mkfifo', [join(all, 'sigma.unreadable.yml')])
  // one at a time: a name or an id that two files use would be an issue of its own
  for (const [code, [, place, words]] of Object.entries({
    ...examples,
    'sigma.unreadable': ['', '1:1', 'no regular file'],
  })) {
    const one = join(folder, 'one')
    mkdirSync(one)
    symlinkSync(join(all, `${code}.yml`), join(one, 'rule.yml'))
    const { status, stdout } = rampart('check', '--json', one)
    const issues = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const errors = issues.filter(({ severity }) => severity === 'error')
    const isError = catalogue[code as SigmaIssueCode].severity === 'error'
    assert.equal(status, isError ? 1 : 0, code)
    // a correlation whose rule is refused is refused for that, beside the rule itself
    const others = issues.filter((issue) => issue.code !== code).map((issue) => issue.code)
    assert.deepEqual(others, code === 'sigma.refused-rule' ? ['sigma.bad-regex'] : [], code)
    assert.equal(errors.length > 0, isError, code)
    const { line, column, message, advice } = issues.find((issue) => issue.code === code)
    assert.deepEqual(
      [`${line}:${column}`, message.includes(words)],
      [place, true],
      `${code}: ${line}:${column} ${message}`,
    )
    assert.equal(advice, catalogue[code as SigmaIssueCode].advice)
    rmSync(one, { recursive: true })
  }
})

test('what is no readable rule in a directory is listed, and nothing waits for it or goes round in circles', () => {
  const odd = join(folder, 'odd')
  mkdirSync(join(odd, 'below', 'directory.yml'), { recursive: true })
  mkdirSync(join(odd, '.hidden'))
  writeFileSync(join(odd, '.hidden', 'bad.yml'), 'title: never read')
  spawnSync('mkfifo', [join(odd, 'pipe.yml')])
  symlinkSync('..', join(odd, 'below', 'up'))
  symlinkSync('nowhere', join(odd, 'dangling.yml'))
  symlinkSync('itself.yml', join(odd, 'itself.yml'))
  writeFileSync(join(odd, 'huge.yml'), 'x'.repeat(5_000_000))
  writeFileSync(join(odd, 'empty.yml'), '')
  writeFileSync(join(odd, 'wide.yml'), Buffer.from(`\ufeff${detection('A|wrong: 2')}`, 'utf16le'))
  writeFileSync(join(odd, 'below', 'mark.yml'), `\ufeff${detection('A|wrong: 1').replaceAll('\n', '\r\n')}`)
  const { status, stdout, stderr } = rampart('check', odd)
  assert.equal(status, 1)
  const lines = stdout.split('\n').filter((line) => line.startsWith(odd))
  assert.deepEqual(
    lines.map((line) => line.slice(odd.length + 1)),
    [
      'below/mark.yml:5:5 sigma.unknown-modifier "wrong" is not a modifier',
      'dangling.yml:1:1 sigma.unreadable it leads nowhere',
      'huge.yml:1:1 sigma.too-large the file has 4100000 bytes or more',
      'itself.yml:1:1 sigma.unreadable it leads back to itself',
      'pipe.yml:1:1 sigma.unreadable it is no regular file',
      'wide.yml:5:5 sigma.unknown-modifier "wrong" is not a modifier',
    ],
  )
  assert.match(stderr, /7 files, 2 documents: 6 errors/)
  // replay goes on with what it can use
  const good = join(folder, 'used.yml')
  writeFileSync(good, detection('A: 1').replace('category: test', 'product: windows'))
  const event = join(folder, 'replayed.ndjson')
  writeFileSync(event, '{"Channel":"Security","EventID":1,"UtcTime":"2026-01-02 03:04:05.000","A":1}\n')
  const args = ['replay', '--json', '--matches', '--no-own-models', '--sigma', odd, '--sigma', good, event]
  const replayed = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  assert.equal(replayed.stdout.trimEnd().split('\n').length, 1)
  const { summary } = JSON.parse(replayed.stderr.trimEnd().split('\n').at(-1) ?? '')
  assert.deepEqual([summary.matches, summary.rules], [1, { loaded: 1, refused: 6 }])
  assert.match(replayed.stderr, /pipe\.yml:1:1 sigma\.unreadable it is no regular file/)
})

test('nothing of a rule, its file name or an event reaches a terminal as it is', () => {
  const hostile = '\u001b[2J\u009b2J\u202e\nfake.yml:1:1 sigma.bad-key'
  const directory = join(folder, 'hostile')
  mkdirSync(directory)
  const file = join(directory, 'a\u001b[2J.yml')
  writeFileSync(
    file,
    `title: ${JSON.stringify(hostile)}\nlogsource: {category: test}\ndetection: {s: {${JSON.stringify(`A|${hostile}`)}: 1}, condition: s}\n`,
  )
  const rule = join(directory, 'rule.yml')
  writeFileSync(
    rule,
    `title: ${JSON.stringify(hostile)}\nlogsource: {category: test}\ndetection: {s: {A: ${JSON.stringify(hostile)}}, condition: s}\n`,
  )
  const event = JSON.stringify({ A: hostile })
  for (const args of [
    ['check', directory],
    ['check', '--json', directory],
    ['explain', rule, event],
    ['explain', '--json', rule, event],
    ['explain', file, event],
    ['explain', rule, `{${hostile}`],
    ['explain', '--id', hostile, rule, event],
    ['check', join(directory, hostile.replace('\n', ''))],
  ]) {
    const { stdout, stderr } = rampart(...args)
    assert.match(stdout + stderr, /^[\n\x20-\x7e\u00a0-\u2009\u2010-\u2027…]*$/, args.join(' '))
    assert.doesNotMatch(stdout + stderr, /^fake/m)
  }
})

test('explain takes what replay reads, and tells which record is not there', () => {
  const log = join(folder, 'auth.log')
  const rule = join(folder, 'sshd.yml')
  writeFileSync(log, 'Nov  2 10:00:00 web1 sshd[1]: Failed password for root from 192.0.2.1 port 22 ssh2\n'.repeat(3))
  writeFileSync(
    rule,
    'title: t\nlogsource: {product: linux, service: sshd}\ndetection: {k: [Failed password], condition: k}\n',
  )
  for (const more of [[], ['--record', '3']]) assert.match(rampart('explain', ...more, rule, log).stdout, /t\n/)
  const { status, stderr } = rampart('explain', '--record', '4', rule, log)
  assert.deepEqual([status, stderr], [2, 'rampart sigma: there is no record 4; the last one is 3\n'])
  const wide = join(folder, 'wide.json')
  writeFileSync(wide, Buffer.from('\ufeff[{"A":2},{"A":1}]', 'utf16le'))
  const plain = join(folder, 'plain.yml')
  writeFileSync(plain, detection('A: 1'))
  assert.equal(rampart('explain', '--record', '2', plain, wide).status, 1)
})

test('explain tells in linear time whether a file is JSON', () => {
  const rule = join(folder, 'comments.yml')
  writeFileSync(rule, detection('A: 1'))
  const comments = join(folder, 'comments.log')
  writeFileSync(comments, `${'# '.repeat(30_000)}\nno record at all\n`)
  assert.match(rampart('explain', rule, comments).stderr, /holds no record/)
  writeFileSync(comments, `${'# '.repeat(30_000)}\n{"A":1}\n`)
  assert.equal(rampart('explain', rule, comments).status, 1)
})

test('placeholders take their values from files, in check, explain and replay', () => {
  const place = join(folder, 'placeholders')
  mkdirSync(place)
  const write = (name: string, text: string) => {
    const path = join(place, name)
    writeFileSync(path, text)
    return path
  }
  const rule = write(
    'rule.yml',
    detection("A|expand: '%servers%.example.com'").replace('category: test', 'product: windows'),
  )
  const values = write('values.yaml', 'servers:\n  - web1\n  - db*\nother: 7\n')
  const vars = write('vars.json', JSON.stringify({ name: 'p', vars: { servers: 'mail' }, transformations: [] }))

  assert.match(rampart('check', rule).stdout, /sigma\.unresolved-placeholder .*\n {2}.*--placeholders/)
  assert.equal(rampart('check', '--placeholders', values, rule).status, 0)

  const holds = (name: string, ...files: string[]) =>
    rampart(
      'explain',
      ...files.flatMap((file) => ['--placeholders', file]),
      rule,
      JSON.stringify({ A: name, EventID: 1, Channel: 'x' }),
    ).status
  assert.deepEqual(
    ['web1.example.com', 'db22.example.com', 'mail.example.com'].map((name) => holds(name, values)),
    [1, 1, 0],
  )
  // of a name in several files the last counts
  assert.deepEqual(
    ['web1.example.com', 'mail.example.com'].map((name) => holds(name, values, vars)),
    [0, 1],
  )

  const events = write(
    'events.ndjson',
    ['web1', 'web2', 'db3']
      .map((name) =>
        JSON.stringify({
          Channel: 'Security',
          EventID: 1,
          UtcTime: '2026-01-02 03:04:05.000',
          A: `${name}.example.com`,
        }),
      )
      .join('\n'),
  )
  for (const threads of ['1', '2']) {
    const args = ['replay', '--json', '--matches', '--no-own-models', '--threads', threads, '--sigma', rule]
    const { stdout } = spawnSync(process.execPath, [main, ...args, '--placeholders', values, events], {
      encoding: 'utf8',
    })
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).record),
      [1, 3],
    )
  }

  for (const [name, text, said] of [
    ['list', '- a\n', ':1:1 sigma.bad-placeholders placeholders are a map of names, not a list'],
    ['deep', 'a:\n  - b: c\n', ':2:5 sigma.bad-placeholders a value of "a" must be a text, not a map'],
    ['null', 'a: null\n', ':1:4 sigma.bad-placeholders a value of "a" must be a text, not null'],
    ['name', 'a%b: c\n', ':1:1 sigma.bad-placeholders "a%b" is not the name of a placeholder'],
    ['yaml', 'a: [\n', ' sigma.yaml-syntax '],
  ] as const) {
    const path = write(`${name}.yaml`, text)
    const { status, stdout, stderr } = rampart('check', '--placeholders', path, rule)
    assert.deepEqual([status, stdout], [2, ''], name)
    assert.ok(stderr.startsWith(`rampart sigma: ${path}`) && stderr.includes(said), stderr)
  }
  assert.equal(rampart('check', '--placeholders', join(place, 'nowhere'), rule).status, 2)
})
