/** The command line as people call it: help, unknown names, versions, exit statuses, completion. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commands } from './commands.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

function rampart(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('./rampart', args, { cwd: root, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('help lists every command with its summary, and ends with 0', () => {
  const { status, stdout } = rampart('help')
  assert.equal(status, 0)
  for (const { name, summary } of commands) assert.match(stdout, new RegExp(`^ {2}${name} +${summary}$`, 'm'))
})

test('without a command the help is shown and the status is 2', () => {
  const { status, stdout } = rampart()
  assert.equal(status, 2)
  assert.match(stdout, /Usage: rampart <command>/)
})

test('a misspelt command gets a hint', () => {
  const { status, stderr } = rampart('repaly')
  assert.equal(status, 2)
  assert.match(stderr, /no command is called "repaly"\. Did you mean replay\?/)
})

test('an unknown option says where help is', () => {
  const { status, stderr } = rampart('models', '--colour')
  assert.equal(status, 2)
  assert.match(stderr, /unknown option '--colour'[\s\S]*--help/)
})

test('the version names the runtime, which is Node 24 or newer', () => {
  const { status, stdout } = rampart('--version')
  assert.equal(status, 0)
  const major = Number(/^rampart \d+\.\d+\.\d+ \(Node (\d+)\./.exec(stdout)?.[1])
  assert.ok(major >= 24, stdout)
})

test('help of one command', () => {
  const { status, stdout } = rampart('help', 'replay')
  assert.equal(status, 0)
  assert.match(stdout, /Usage: rampart replay/)
})

test('completion for bash completes commands and options', () => {
  const { status, stdout } = rampart('completion', 'bash')
  assert.equal(status, 0)
  const ask = (words: string[]) =>
    spawnSync('bash', [
      '-c',
      `${stdout}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _rampart; echo "\${COMPREPLY[*]}"`,
    ]).stdout.toString()
  assert.equal(ask(['rampart', 'repl']).trim(), 'replay')
  assert.match(ask(['rampart', 'replay', '--js']), /--json/)
  assert.equal(ask(['rampart', 'rep']).trim(), 'replay')
  assert.match(ask(['rampart', 'agent', 'st']), /status/)
})

test('completion for zsh and fish', () => {
  assert.match(rampart('completion', 'zsh').stdout, /^#compdef rampart/)
  assert.match(rampart('completion', 'fish').stdout, /complete -c rampart -n __fish_use_subcommand -a up /)
  assert.equal(rampart('completion', 'tcsh').status, 2)
})

test('an enrolment token is taken from the environment or standard input, so that it stands in no list of processes', (t) => {
  const state = mkdtempSync(join(tmpdir(), 'rampart-enrol-'))
  t.after(() => rmSync(state, { recursive: true }))
  const server = Buffer.from('https://127.0.0.1:1').toString('base64url')
  const token = ['rampart1', server, 'A'.repeat(43), 'x'.repeat(32)].join('.')
  const enrol = (args: string[], input: string, environment: Record<string, string> = {}) => {
    const env = { ...process.env, ...environment }
    return spawnSync('./rampart', ['agent', 'enrol', '--state', state, ...args], {
      cwd: root,
      encoding: 'utf8',
      input,
      env,
    })
  }
  const understood = [enrol([], '', { RAMPART_ENROLMENT_TOKEN: token }), enrol(['-'], `${token}\n`), enrol([], token)]
  for (const { status, stderr } of understood) {
    assert.equal(status, 2)
    assert.match(stderr, /cannot reach https:\/\/127\.0\.0\.1:1.*\[enrol\.unreachable\]/)
  }
  assert.match(enrol([], '').stderr, /\[enrol\.invalid-token\]/)
})
