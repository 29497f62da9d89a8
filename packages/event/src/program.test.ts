import assert from 'node:assert/strict'
import { test } from 'node:test'
import { programOf } from './index.ts'

const cases: [string, string, string[], string][] = [
  ['a script by its #! line', '/usr/bin/dash', ['/bin/sh', '/tmp/.x'], '/tmp/.x'],
  ['a relative script', '/usr/bin/bash', ['bash', '-e', './run.sh', '-c'], '/srv/run.sh'],
  ['a script above the directory', '/usr/bin/python3.11', ['python3', '-u', '../a.py'], '/a.py'],
  ['an option that takes a value', '/usr/bin/python3', ['python3', '-W', 'ignore', 'a.py'], '/srv/a.py'],
  ['code on the command line', '/usr/bin/bash', ['bash', '-c', '/tmp/x'], '/usr/bin/bash'],
  ['joined options with code', '/usr/bin/bash', ['bash', '-lc', '/tmp/x'], '/usr/bin/bash'],
  ['a module', '/usr/bin/python3', ['python3', '-m', 'http.server'], '/usr/bin/python3'],
  ['a program that is no interpreter', '/usr/bin/cat', ['cat', '/tmp/x'], '/usr/bin/cat'],
  ['an interactive shell', '/usr/bin/bash', ['bash', '-i'], '/usr/bin/bash'],
]
for (const [name, executable, args, expected] of cases)
  test(`program of ${name}`, () => {
    assert.equal(programOf({ executable, arguments: args, workingDirectory: '/srv' }), expected)
  })
