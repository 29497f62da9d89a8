/** Packages of Alpine and Arch, and hosts whose packages cannot be read, which say so. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { createHostLooker } from './look.ts'
import { apkPackages, pacmanPackage } from './package-lists.ts'

const base = mkdtempSync(join(tmpdir(), 'inventory-lists-'))
after(() => rmSync(base, { recursive: true, force: true }))
let number = 0

function hostWith(files: Record<string, string | Uint8Array>) {
  const root = join(base, `${number++}`)
  mkdirSync(join(root, 'proc'), { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const looker = createHostLooker(root, join(root, 'proc'))
  const packages = async () => (await looker.look()).package
  return { root, looker, packages }
}

const installed = `C:Q1mB95Hq2NUTZ599RDiSsj9w5FrOU=
P:musl
V:1.2.4-r2
A:x86_64
S:407278
T:the musl c library (libc) implementation
F:lib
R:ld-musl-x86_64.so.1

C:Q1aaaa
P:busybox
V:1.36.1-r5
A:x86_64
r:busybox-initscripts
`

test('apk', async () => {
  const { packages, looker } = hostWith({ 'lib/apk/db/installed': installed })
  assert.deepEqual(
    { ...(await packages())?.things },
    {
      'musl:x86_64': { version: '1.2.4-r2', manager: 'apk' },
      'busybox:x86_64': { version: '1.36.1-r5', manager: 'apk' },
    },
  )
  assert.equal(looker.packageTrouble, undefined)
})

test('pacman, with the times at which it installed; nothing through links', async () => {
  const desc =
    '%NAME%\nbash\n\n%VERSION%\n5.2.026-2\n\n%DESC%\nThe shell\n\n%ARCH%\nx86_64\n\n%INSTALLDATE%\n1700000000\n'
  const { root, packages } = hostWith({
    'var/lib/pacman/local/ALPM_DB_VERSION': '9\n',
    'var/lib/pacman/local/bash-5.2.026-2/desc': desc,
    'var/lib/pacman/local/half-1-1/files': '%FILES%\n',
    elsewhere: desc.replace('bash', 'other'),
  })
  mkdirSync(join(root, 'var/lib/pacman/local/other-1-1'))
  symlinkSync(join(root, 'elsewhere'), join(root, 'var/lib/pacman/local/other-1-1/desc'))
  const look = await packages()
  assert.deepEqual({ ...look?.things }, { 'bash:x86_64': { version: '5.2.026-2', manager: 'pacman' } })
  assert.equal(look?.since['bash:x86_64'], 1_700_000_000_000)
})

test('what cannot be read is no empty list, and is told', async () => {
  // Magic number of a hash table of Berkeley DB at offset 12; of ndb at 0.
  const hashTable = new Uint8Array(4096)
  new DataView(hashTable.buffer).setUint32(12, 0x061561, true)
  for (const [path, content, told] of [
    ['var/lib/rpm/Packages', hashTable, /Packages has the format of an older rpm \(Berkeley DB\)/],
    ['var/lib/rpm/Packages.db', 'RpmP', /Packages\.db has the format of an older rpm \(ndb\)/],
    ['usr/lib/sysimage/rpm/Packages.db', 'RpmP', /sysimage.*\(ndb\)/],
    ['var/lib/rpm/rpmdb.sqlite', 'no database', /rpmdb\.sqlite is no database of rpm/],
    ['etc/hostname', 'web-1', /No database of dpkg, rpm, apk or pacman was found/],
  ] as const) {
    const { packages, looker } = hostWith({ [path]: content })
    assert.equal(await packages(), undefined, path)
    assert.match(looker.packageTrouble ?? '', told)
  }
})

test('any text gives packages or none', () => {
  const part = fc.constantFrom(
    'P:',
    'V:',
    'A:',
    '\n',
    '\n\n',
    '%NAME%\n',
    '%VERSION%\n',
    '%INSTALLDATE%\n',
    'x',
    '\0',
    'é',
  )
  fc.assert(
    fc.property(
      fc.array(part).map((parts) => parts.join('')),
      (text) => {
        for (const [name] of apkPackages(text)) assert.ok(!name.includes('\n') && !name.startsWith(':'))
        const row = pacmanPackage(text)
        assert.ok(row === null || !row[0].includes('\n'))
      },
    ),
    { numRuns: 2000 },
  )
})
