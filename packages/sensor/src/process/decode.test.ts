import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layout } from '../kernel/wire.ts'
import { containerOf } from './container.ts'
import { decodeExec, decodeExit, splitArguments } from './decode.ts'
import { parsePasswd } from './users.ts'

function execBytes(parts: { executable: string; directory: string; cgroup: string; arguments: string }): Buffer {
  const { exec_record: exec } = layout
  const data = Buffer.from(parts.executable + parts.directory + parts.cgroup + parts.arguments)
  const bytes = Buffer.concat([Buffer.alloc(exec.size), data])
  bytes.writeUInt16LE(parts.executable.length, exec.executable_length)
  bytes.writeUInt16LE(parts.directory.length, exec.directory_length)
  bytes.writeUInt16LE(parts.cgroup.length, exec.cgroup_length)
  bytes.writeUInt16LE(parts.arguments.length, exec.arguments_length)
  bytes.writeBigInt64LE(1_700_000_000n, exec.mtime_sec)
  bytes.writeUInt32LE(5, exec.mtime_nsec)
  bytes.write('pts3', exec.terminal)
  return bytes
}

test('an exec record is taken apart', () => {
  const record = decodeExec(
    execBytes({ executable: 'ls\0bin\0usr\0', directory: '', cgroup: 'a.scope\0b.slice\0', arguments: 'ls\0-l\0\0' }),
    0,
  )
  assert.equal(record.executable, '/usr/bin/ls')
  assert.equal(record.workingDirectory, '/')
  assert.deepEqual(record.cgroup, ['a.scope', 'b.slice'])
  assert.deepEqual(record.arguments, ['ls', '-l', ''])
  assert.equal(record.key.mtimeNs, 1_700_000_000_000_000_005n)
  assert.equal(record.terminal, 'pts/3')
})

test('arguments: none, one without its end, a title the program set itself', () => {
  const split = (text: string) => splitArguments(Buffer.from(text), 0, text.length)
  assert.deepEqual(split(''), [])
  assert.deepEqual(split('\0'), [''])
  assert.deepEqual(split('cut'), ['cut'])
  assert.deepEqual(split('nginx: worker\0'), ['nginx: worker'])
})

test('an exit record says status or signal', () => {
  const bytes = Buffer.alloc(layout.exit_record.size)
  bytes.writeUInt32LE(3 << 8, layout.exit_record.code)
  assert.deepEqual([decodeExit(bytes, 0).exitCode, decodeExit(bytes, 0).signal], [3, undefined])
  bytes.writeUInt32LE(139, layout.exit_record.code)
  assert.deepEqual([decodeExit(bytes, 0).exitCode, decodeExit(bytes, 0).signal], [undefined, 11])
})

test('containers by the names of their cgroups', () => {
  const id = 'a'.repeat(32) + '0'.repeat(32)
  const cases: [string[], { id: string; runtime?: string } | undefined][] = [
    [[`docker-${id}.scope`, 'system.slice'], { id, runtime: 'docker' }],
    [[id, 'docker'], { id, runtime: 'docker' }],
    [[`cri-containerd-${id}.scope`, 'kubepods-pod1.slice'], { id, runtime: 'containerd' }],
    [[`crio-${id}.scope`, 'x'], { id, runtime: 'cri-o' }],
    [['container', `libpod-${id}.scope`, 'machine.slice'], { id, runtime: 'podman' }],
    [[id, 'pod3c5', 'kubepods'], { id }],
    [['session-3.scope', 'user-0.slice'], undefined],
    [['docker-abc.scope'], undefined],
    [[], undefined],
  ]
  for (const [names, container] of cases) assert.deepEqual(containerOf(names), container)
})

test('the account database: first entry of an id wins, damaged lines are passed over', () => {
  const names = parsePasswd(
    'root:x:0:0::/root:/bin/sh\ntoor:x:0:0\n\nbroken\nx:y:z\nweb:x:33:33\n:x:5:5\nbig:x:99999999999:1\n',
  )
  assert.deepEqual(
    [...names],
    [
      [0, 'root'],
      [33, 'web'],
    ],
  )
})
