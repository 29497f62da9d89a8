import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import type { FileKey } from './decode.ts'
import { executableHashes } from './hash.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'rampart-hash-'))
after(() => rmSync(directory, { recursive: true }))

function keyOf(file: string): FileKey {
  const info = statSync(file, { bigint: true })
  return {
    device: 1,
    inode: Number(info.ino),
    sizeBytes: Number(info.size),
    mtimeNs: info.mtimeNs,
    ctimeNs: info.ctimeNs,
  }
}
const nobody = 0x7fff_fff0

test('a file is hashed once and known afterwards', async () => {
  const file = path.join(directory, 'program')
  const content = Buffer.alloc(600_000, 'abc')
  writeFileSync(file, content)
  const hashes = executableHashes(1 << 20)
  const key = keyOf(file)
  assert.equal(hashes.known(key), undefined)
  const digest = createHash('sha256').update(content).digest('hex')
  assert.equal(await hashes.compute(key, nobody, file), digest)
  assert.equal(hashes.known(key), digest)
})

test('through the running process when the path leads elsewhere', async () => {
  const hashes = executableHashes(1 << 30)
  const digest = await hashes.compute(keyOf(process.execPath), process.pid, '/nowhere')
  assert.match(digest ?? '', /^[0-9a-f]{64}$/)
})

test('no digest for a file that was replaced, is gone, or is too large', async () => {
  const file = path.join(directory, 'replaced')
  writeFileSync(file, 'one')
  const key = keyOf(file)
  writeFileSync(file, 'two, longer')
  const hashes = executableHashes(1000)
  assert.equal(await hashes.compute(key, nobody, file), undefined)
  assert.equal(await hashes.compute(key, nobody, '/nowhere'), undefined)
  const large = path.join(directory, 'large')
  writeFileSync(large, Buffer.alloc(1001))
  assert.equal(await hashes.compute(keyOf(large), nobody, large), undefined)
})

test('a pipe in place of the program is not waited for', { timeout: 10_000 }, async () => {
  const file = path.join(directory, 'pipe')
  writeFileSync(file, 'one')
  const key = keyOf(file)
  rmSync(file)
  execFileSync('mkfifo', [file])
  assert.equal(await executableHashes(1000).compute(key, nobody, file), undefined)
})
