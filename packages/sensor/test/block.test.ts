/** The blocking object: whether this kernel takes it is found out by trying, and where it does, what stands in its map is refused. */
import assert from 'node:assert/strict'
import { chmodSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { kernelDevice } from '../src/file/describe.ts'
import { libbpf } from '../src/kernel/libbpf.ts'
import { loadObject } from '../src/kernel/object.ts'
import { objectDirectory } from '../src/kernel/start.ts'
import { tryBlocking } from '../src/ladder/blocking.ts'
import { observe, run, skip } from './observe.ts'

test('the ladder says whether LSM programs load, and begins with them where they do', { skip }, async () => {
  const blocking = tryBlocking(objectDirectory)
  const host = await observe()
  try {
    assert.equal(host.rung, blocking.lsm ? 'lsm' : 'ebpf')
    const ladder = host.sensors.find(({ name }) => name === 'host.ladder')?.health()
    assert.equal(ladder?.capabilities['rung.lsm']?.works, blocking.lsm)
    assert.equal(ladder?.capabilities['block.file-change']?.works, blocking.lsm)
    if (!blocking.lsm) assert.match(ladder?.capabilities['rung.lsm']?.reason ?? '', /lsm=/)
  } finally {
    await host.stop()
  }
})

test('a program and a file that are refused by LSM', { skip }, async (t) => {
  if (!tryBlocking(objectDirectory).lsm) {
    t.skip('this kernel takes no LSM programs')
    return
  }
  const bpf = libbpf()
  assert.ok(!('missing' in bpf))
  const loaded = loadObject(bpf, path.join(objectDirectory, 'block.bpf.o'), new Map(), 65_536)
  assert.ok(loaded.ok)
  const directory = mkdtempSync(path.join(tmpdir(), 'rampart-block-'))
  const program = path.join(directory, 'program')
  try {
    for (const name of ['block_exec', 'block_open', 'block_unlink']) assert.equal(loaded.object.attach(name), undefined)
    copyFileSync('/bin/true', program)
    chmodSync(program, 0o755)
    assert.equal((await run('/bin/sh', '-c', program)).status, 0)
    const { ino, dev } = statSync(program)
    const key = Buffer.alloc(16)
    key.writeBigUInt64LE(BigInt(ino), 0)
    key.writeUInt32LE(kernelDevice(dev), 8)
    const one = new Uint8Array(Uint32Array.of(1).buffer)
    assert.equal(bpf.updateElement(loaded.object.map('refused_files'), key, one, 0n), 0)
    assert.equal((await run('/bin/sh', '-c', program)).status, 126)
    assert.notEqual((await run('/bin/sh', '-c', `echo x >> ${program}`)).status, 0)
    assert.notEqual((await run('/bin/rm', '-f', program)).status, 0)
  } finally {
    loaded.object.close()
    rmSync(directory, { recursive: true })
  }
})
