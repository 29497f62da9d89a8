import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fileOperations } from '../file/decode.ts'
import { operations } from '../privilege/decode.ts'
import { type Btf, elfSection, type MemberLayout, parseBtf } from './btf.ts'
import { counterOutcomes, decodeHead, layout, memberNames, pulse, readPath, recordFlag, recordType } from './wire.ts'

const sources = fileURLToPath(new URL('../../../../bpf', import.meta.url))
const clang = spawnSync('clang', ['--version']).status === 0

describe('the layout of records', { skip: !clang && 'clang is not installed' }, () => {
  let directory = ''
  let btf: Btf

  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'rampart-wire-'))
    const object = path.join(directory, 'layout.o')
    const built = spawnSync('clang', [
      '-g',
      '-O2',
      '-target',
      'bpf',
      '-c',
      path.join(sources, 'layout.c'),
      '-o',
      object,
    ])
    assert.equal(built.status, 0, String(built.stderr))
    const parsed = parseBtf(elfSection(readFileSync(object), '.BTF') ?? Buffer.alloc(0))
    assert.ok(parsed)
    btf = parsed
  })
  after(() => rmSync(directory, { recursive: true }))

  for (const [name, members] of Object.entries(layout))
    test(`struct ${name} is the same in bpf/wire.h`, () => {
      const struct = btf.struct(name)
      assert.ok(struct, `${name} is not in wire.h`)
      assert.equal(struct.sizeBytes, members.size)
      for (const [member, offset] of Object.entries(members)) {
        if (member === 'size') continue
        const wanted = memberNames[member] ?? member
        const found: MemberLayout | undefined = struct.members.find((candidate) => candidate.name === wanted)
        assert.equal(found?.offsetBytes, offset, `${name}.${member}`)
      }
    })

  const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

  test('record types have the numbers of bpf/wire.h', () => {
    const values = btf.enumeration('record_type')
    for (const [name, number] of Object.entries(recordType)) assert.equal(values?.get(`RECORD_${snake(name)}`), number)
    assert.equal(values?.get('RECORD_TYPES'), Object.keys(recordType).length + 1)
  })

  test('flags have the bits of bpf/wire.h', () => {
    const values = btf.enumeration('record_flag')
    for (const [name, bit] of Object.entries(recordFlag)) assert.equal(values?.get(`FLAG_${snake(name)}`), bit)
  })

  test('what becomes of a record has the order of bpf/wire.h', () => {
    const values = btf.enumeration('counter_outcome')
    for (const [number, name] of counterOutcomes.entries()) assert.equal(values?.get(`COUNTER_${snake(name)}`), number)
    assert.equal(values?.get('COUNTER_OUTCOMES'), counterOutcomes.length)
    const pulses = btf.enumeration('pulse')
    for (const [name, number] of Object.entries(pulse)) assert.equal(pulses?.get(`PULSE_${snake(name)}`), number)
  })

  test('privilege operations have the numbers of bpf/wire.h', () => {
    const values = btf.enumeration('privilege_operation')
    assert.equal(values?.size, operations.length - 1)
    // `perf` and the like: names are close to those of the calls, so the numbers alone are compared.
    assert.deepEqual(
      [...(values?.values() ?? [])].sort((a, b) => a - b),
      operations.slice(1).map((_, index) => index + 1),
    )
    for (const name of ['setuid', 'capset', 'kill', 'reboot', 'setfsuid', 'setfsgid', 'ambient'] as const)
      assert.equal(values?.get(`PRIVILEGE_${name.toUpperCase()}`), operations.indexOf(name))
  })

  test('file operations have the numbers of bpf/wire.h', () => {
    const values = btf.enumeration('file_operation')
    assert.equal(values?.size, fileOperations.length - 1)
    for (const [number, name] of fileOperations.entries())
      if (name) assert.equal(values?.get(`FILE_${name.toUpperCase()}`), number)
  })
})

test('a head is decoded from its bytes', () => {
  const bytes = Buffer.alloc(layout.record.size)
  bytes.writeBigUInt64LE(123_456_789_012_345n, layout.record.time_ns)
  bytes.writeUInt32LE(4242, layout.record.pid)
  bytes.writeUInt32LE(4_294_967_294, layout.record.uid)
  bytes.write('a b', layout.record.name)
  const head = decodeHead(bytes, 0)
  assert.equal(head.timeNs, 123_456_789_012_345)
  assert.equal(head.pid, 4242)
  assert.equal(head.uid, 4_294_967_294)
  assert.equal(head.name, 'a b')
})

test('path components stand leaf first', () => {
  const bytes = Buffer.from('passwd\0etc\0')
  assert.equal(readPath(bytes, 0, bytes.length), '/etc/passwd')
  assert.equal(readPath(bytes, 0, bytes.length, true), '…/etc/passwd')
  assert.equal(readPath(bytes, 0, 0), '/')
})
