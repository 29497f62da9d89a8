/** Packages of rpm: a database that rpm 4.18 itself made (two packages of our own, installed with `rpm -i --justdb`), and hostile ones. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { createHostLooker } from './look.ts'
import { readRpmDatabase, rpmPackage } from './rpm.ts'

const root = mkdtempSync(join(tmpdir(), 'inventory-rpm-'))
after(() => rmSync(root, { recursive: true, force: true }))
const made = gunzipSync(readFileSync(new URL('../../test/rpmdb.sqlite.gz', import.meta.url)))
const folder = join(root, 'var/lib/rpm')
const path = join(folder, 'rpmdb.sqlite')
mkdirSync(folder, { recursive: true })
mkdirSync(join(root, 'proc'))
writeFileSync(path, made)

test('packages with epoch, version, release and when they were installed', async () => {
  assert.deepEqual(await readRpmDatabase(path), [
    ['shop-server:noarch', { version: '1:2.4.1-3.el9', manager: 'rpm' }, 1_795_842_460_000],
    ['shop-client:noarch', { version: '0:0.9~rc1-3.el9', manager: 'rpm' }, 1_795_842_460_000],
  ])
})

test('a removed package is gone at the next look, also while it stands only in the log of the database', async () => {
  const looker = createHostLooker(root, join(root, 'proc'))
  const names = async () => Object.keys((await looker.look()).package?.things ?? {})
  assert.deepEqual(await names(), ['shop-server:noarch', 'shop-client:noarch'])
  const rpm = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  rpm.exec('DELETE FROM Packages WHERE hnum = 1')
  assert.deepEqual(await names(), ['shop-client:noarch'])
  rpm.close()
})

test('any bytes give a package or none, and a file that is no database leaves the kind out', async () => {
  const header = readRow()
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.tuple(fc.nat(header.length - 1), fc.nat(255), fc.nat(header.length)).map(([at, value, end]) => {
          const damaged = Uint8Array.from(header).subarray(0, end)
          if (at < damaged.length) damaged[at] = value
          return damaged
        }),
      ),
      (bytes) => {
        const row = rpmPackage(bytes)
        if (row !== undefined) assert.ok(row[0].length < 1024)
      },
    ),
    { numRuns: 2000 },
  )
  writeFileSync(path, 'no database')
  const looker = createHostLooker(root, join(root, 'proc'))
  assert.equal((await looker.look()).package, undefined)
  mkdirSync(join(root, 'var/lib/dpkg'))
  writeFileSync(
    join(root, 'var/lib/dpkg/status'),
    'Package: nginx\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n',
  )
  assert.deepEqual(Object.keys((await looker.look()).package?.things ?? {}), ['nginx:all'], 'dpkg has its own')
})

function readRow(): Uint8Array {
  const copy = join(root, 'copy.sqlite')
  writeFileSync(copy, made)
  const database = new DatabaseSync(copy)
  const row = database.prepare('SELECT blob FROM Packages').get()
  database.close()
  return row?.blob as Uint8Array
}
