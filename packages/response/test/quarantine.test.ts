/** Quarantine and restore on real files: exact, without following links, whole through every interruption. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { defaultPolicy, type ExecutionHost, execute } from '../src/execute/index.ts'
import { writeAttribute } from '../src/execute/native.ts'
import { lookAt, setUp } from './host.ts'

const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
const target = (path: string, sha256: string | null = null) => ({ path, sha256, inode: null })
let number = 0
const quarantine = (host: ExecutionHost, path: string, entry = 'qf-1', sha256: string | null = null) =>
  execute({ id: `tk-${number++}`, kind: 'quarantine-file', parameters: { file: target(path, sha256), entry } }, host)
const restore = (
  host: ExecutionHost,
  over: { entry?: string; ifInTheWay?: 'refuse' | 'replace'; path?: string | null; acceptPlace?: boolean } = {},
) =>
  execute(
    {
      id: `tk-${number++}`,
      kind: 'restore-file',
      parameters: { entry: 'qf-1', ifInTheWay: 'refuse', path: null, acceptPlace: false, ...over },
    },
    host,
  )

test('a file goes and comes back exactly: content, owner, mode, times, attributes, capabilities, locks', async (t) => {
  const { place, host } = setUp(t)
  const path = join(place, 'evil ✗ name')
  writeFileSync(path, randomBytes(300_000))
  chownSync(path, 1234, 4321)
  chmodSync(path, 0o4751)
  const fd = openSync(path, 'r+')
  writeAttribute(fd, 'user.note', Buffer.from('kept'))
  // CAP_NET_BIND_SERVICE, as setcap writes it.
  writeAttribute(fd, 'security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex'))
  closeSync(fd)
  utimesSync(path, 1_000_000_000.25, 1_100_000_000.5)
  const before = lookAt(path)
  assert.equal(before.attributes.length, 2)
  const gone = await quarantine(host, path, 'qf-1', digest(path))
  assert.deepEqual([gone.state, gone.code], ['done', 'file.quarantined'])
  assert.equal(existsSync(path), false)
  assert.deepEqual(readdirSync(place), [])
  const container = readFileSync(join(host.directory, 'vault/qf-1/container'))
  assert.equal(container.includes(Buffer.from(before.content, 'base64').subarray(1000, 1032)), false, 'nothing plain')
  for (const [file, mode] of [
    ['', 0o700],
    ['key', 0o600],
    ['qf-1', 0o700],
    ['qf-1/container', 0o600],
  ] as const)
    assert.equal(lstatSync(join(host.directory, 'vault', file)).mode & 0o777, mode, file)
  const back = await restore(host)
  assert.deepEqual([back.state, back.code], ['done', 'file.restored'])
  assert.deepEqual({ ...lookAt(path), atimeNs: before.atimeNs }, before)
  assert.equal((await restore(host)).code, 'file.restored', 'a second time changes nothing')
  assert.equal(existsSync(join(host.directory, 'vault/qf-1/container')), false)
})

test('an empty file, one of exactly a chunk, one of a chunk and a byte', async (t) => {
  const { place, host } = setUp(t)
  for (const size of [0, 65_536, 65_537, 131_072]) {
    const path = join(place, `${size}`)
    writeFileSync(path, randomBytes(size))
    const sha256 = digest(path)
    assert.equal((await quarantine(host, path, `qf-${size}`, sha256)).state, 'done')
    assert.equal((await restore(host, { entry: `qf-${size}` })).state, 'done')
    assert.equal(digest(path), sha256)
  }
})

test('what is not the file that was seen stays: another content, a link, a link on the way, a folder, a device, a pipe', async (t) => {
  const { root, place, host } = setUp(t)
  const real = join(place, 'real')
  writeFileSync(real, 'good')
  symlinkSync(real, join(place, 'link'))
  symlinkSync(place, join(root, 'way'))
  mkdirSync(join(place, 'folder'))
  execFileSync('mkfifo', [join(place, 'pipe')])
  assert.equal((await quarantine(host, real, 'qf-a', '0'.repeat(64))).code, 'file.changed')
  assert.equal((await quarantine(host, join(place, 'link'))).code, 'file.is-link')
  assert.equal((await quarantine(host, join(root, 'way/real'))).code, 'file.is-link')
  assert.equal((await quarantine(host, join(place, 'folder'))).code, 'file.not-regular')
  assert.equal((await quarantine(host, join(place, 'pipe'))).code, 'file.not-regular')
  assert.equal((await quarantine(host, join(place, 'missing'))).code, 'file.gone')
  assert.equal((await quarantine(host, `${place}/../place/real`)).code, 'file.invalid-path')
  assert.equal((await quarantine(host, process.execPath)).code, 'file.protected')
  assert.equal((await quarantine(host, '/etc/passwd')).code, 'file.protected')
  assert.equal((await quarantine(host, '/usr/bin/dash')).code, 'file.of-package')
  assert.equal((await quarantine(host, join(host.directory, 'vault/key'))).code, 'file.protected')
  assert.equal(readFileSync(real, 'utf8'), 'good')
  assert.deepEqual(readdirSync(join(host.directory, 'vault')), ['key'], 'nothing is left of what was refused')
})

test('hard links are told, and a file that somebody else put there meanwhile stays', async (t) => {
  const { place, host } = setUp(t)
  const path = join(place, 'evil')
  writeFileSync(path, 'evil')
  linkSync(path, join(place, 'other'))
  const gone = await quarantine(host, path)
  assert.equal(gone.details?.otherNames, 1)
  assert.match(gone.message, /1 more name leads/)
  assert.equal(readFileSync(join(place, 'other'), 'utf8'), 'evil')
})

test('locked with chattr: it goes, and comes back locked', async (t) => {
  const { place, host } = setUp(t)
  const path = join(place, 'evil')
  writeFileSync(path, 'evil')
  if (spawnSync('chattr', ['+i', path]).status !== 0) return t.skip('this filesystem has no such flags')
  assert.equal((await quarantine(host, path)).code, 'file.quarantined')
  assert.equal(existsSync(path), false)
  assert.equal((await restore(host)).code, 'file.restored')
  const listed = execFileSync('lsattr', [path], { encoding: 'utf8' })
  spawnSync('chattr', ['-i', path])
  assert.match(listed, /^-*i/)
})

test('putting back: something in the way, a link in the way, another place, replacing', async (t) => {
  const { place, host } = setUp(t)
  const path = join(place, 'file')
  writeFileSync(path, 'first')
  await quarantine(host, path)
  symlinkSync('/etc/passwd', path)
  const link = await restore(host, { ifInTheWay: 'replace' })
  assert.deepEqual([link.code, link.details?.regular], ['restore.in-the-way', false])
  renameSync(path, join(place, 'aside'))
  writeFileSync(path, 'second')
  const other = await restore(host)
  assert.deepEqual([other.code, other.details?.regular], ['restore.in-the-way', true])
  assert.equal(readFileSync(path, 'utf8'), 'second')
  const replaced = await restore(host, { ifInTheWay: 'replace' })
  assert.equal(replaced.code, 'file.restored')
  assert.equal(readFileSync(path, 'utf8'), 'first')
  const way = String((replaced.details?.replaced as Record<string, unknown> | undefined)?.entry)
  assert.equal((await restore(host, { entry: way, path: join(place, 'second') })).code, 'file.restored')
  assert.equal(readFileSync(join(place, 'second'), 'utf8'), 'second')
  assert.equal(readFileSync('/etc/passwd', 'utf8').startsWith('root:'), true)
})

test('putting back: the folder opened up, changed hands, was replaced by a link, is gone', async (t) => {
  const { place, host } = setUp(t)
  const folder = join(place, 'folder')
  const path = join(folder, 'file')
  mkdirSync(folder, { mode: 0o755 })
  writeFileSync(path, 'x')
  await quarantine(host, path)
  chmodSync(folder, 0o777)
  assert.equal((await restore(host)).code, 'restore.place-changed')
  chmodSync(folder, 0o755)
  chownSync(folder, 1234, 0)
  assert.equal((await restore(host)).code, 'restore.place-changed')
  renameSync(folder, join(place, 'moved'))
  assert.equal((await restore(host, { acceptPlace: true })).code, 'restore.folder-changed')
  symlinkSync(join(place, 'moved'), folder)
  assert.equal((await restore(host, { acceptPlace: true })).code, 'restore.folder-changed')
  assert.deepEqual(readdirSync(join(place, 'moved')), [])
  assert.equal((await restore(host, { path: join(place, 'moved/file') })).state, 'done')
})

test('a damaged container is noticed and nothing of it is put back; a deleted one is gone', async (t) => {
  const { place, host } = setUp(t)
  const path = join(place, 'file')
  const container = join(host.directory, 'vault/qf-1/container')
  writeFileSync(path, randomBytes(200_000))
  await quarantine(host, path)
  const whole = readFileSync(container)
  const flipped = Buffer.from(whole)
  flipped[100_000] = (flipped[100_000] ?? 0) ^ 1
  writeFileSync(container, flipped)
  assert.equal((await restore(host)).code, 'vault.damaged')
  writeFileSync(container, whole)
  truncateSync(container, 65_536 + 8 + 21)
  assert.equal((await restore(host)).code, 'vault.damaged')
  appendFileSync(container, whole.subarray(65_536 + 8 + 21))
  assert.deepEqual(readdirSync(place), [])
  const remove = () => execute({ id: 'tk-d', kind: 'delete-quarantined', parameters: { entry: 'qf-1' } }, host)
  assert.equal((await remove()).code, 'quarantine.deleted')
  assert.equal((await remove()).code, 'quarantine.deleted')
  assert.equal((await restore(host)).code, 'quarantine.gone')
})

test('the vault has a size, and what is past its time is destroyed', async (t) => {
  const vault = { maxBytes: 150_000, maxFileBytes: 100_000, keepMs: 1e9 }
  const { place, host } = setUp(t, { policy: { ...defaultPolicy, vault } })
  for (const [name, size] of [
    ['a', 90_000],
    ['b', 90_000],
    ['c', 110_000],
  ] as const)
    writeFileSync(join(place, name), randomBytes(size))
  assert.equal((await quarantine(host, join(place, 'c'), 'qf-c')).code, 'file.too-large')
  assert.equal((await quarantine(host, join(place, 'a'), 'qf-a')).state, 'done')
  assert.equal((await quarantine(host, join(place, 'b'), 'qf-b')).code, 'vault.full')
  assert.equal(existsSync(join(place, 'b')), true)
  const shorter = { ...host, policy: { ...defaultPolicy, vault: { ...vault, keepMs: 1 } } }
  assert.equal((await quarantine(shorter, join(place, 'b'), 'qf-b')).code, 'vault.full', 'what is there keeps its day')
  const note = join(host.directory, 'vault/qf-a/entry.json')
  writeFileSync(note, JSON.stringify({ ...JSON.parse(readFileSync(note, 'utf8')), keptUntil: Date.now() }))
  assert.equal((await quarantine(host, join(place, 'b'), 'qf-b')).state, 'done', 'the sweep made room')
  assert.equal((await restore(host, { entry: 'qf-a' })).code, 'quarantine.gone')
})

test('a download is a zip that the usual tools open with the password "infected"', async (t) => {
  const pieces: Buffer[] = []
  const { root, place, host } = setUp(t, { sendData: async (_offset, bytes) => void pieces.push(Buffer.from(bytes)) })
  const path = join(place, 'file')
  const content = randomBytes(200_000)
  writeFileSync(path, content)
  await quarantine(host, path)
  const fetched = await execute({ id: 'tk-f', kind: 'fetch-quarantined', parameters: { entry: 'qf-1' } }, host)
  assert.equal(fetched.state, 'done')
  const zip = join(root, 'sample.zip')
  writeFileSync(zip, Buffer.concat(pieces))
  assert.equal(Buffer.concat(pieces).includes(content.subarray(5000, 5032)), false)
  const opened = spawnSync('unzip', ['-P', 'infected', '-p', zip], { maxBuffer: 1 << 20 })
  assert.equal(opened.status, 0, opened.stderr.toString())
  assert.deepEqual(opened.stdout, content)
})

test('a full disk: the file stays where it is, and nothing is left of the attempt', async (t) => {
  const { root } = setUp(t)
  const script = `
    import assert from 'node:assert/strict'
    import { existsSync, readdirSync, writeFileSync } from 'node:fs'
    import { execute } from '${import.meta.resolve('../src/execute/index.ts')}'
    import { hostIn } from '${import.meta.resolve('./host.ts')}'
    const host = hostIn('${root}/small/response')
    writeFileSync('${root}/place/evil', Buffer.alloc(3_000_000, 'x'))
    const say = (size) => execute({ id: 'tk-' + size, kind: 'quarantine-file', parameters: { file: { path: '${root}/place/evil', sha256: null, inode: null }, entry: 'qf-1' } }, host)
    const outcome = await say(1)
    assert.equal(outcome.code, 'host.disk-full')
    // The check beforehand lets this one pass, and the disk fills up in the middle.
    writeFileSync('${root}/place/evil', Buffer.alloc(900_000, 'x'))
    const statfs = await import('node:fs')
    writeFileSync('${root}/small/ballast', Buffer.alloc(1_000_000))
    const second = await say(2)
    assert.equal(second.code, 'host.disk-full')
    assert.equal(existsSync('${root}/place/evil'), true)
    assert.deepEqual(readdirSync('${root}/small/response/vault'), ['key'])
    statfs.rmSync('${root}/small/ballast')
    assert.equal((await say(3)).code, 'file.quarantined')
  `
  mkdirSync(join(root, 'small'))
  writeFileSync(join(root, 'script.ts'), script)
  const run = spawnSync(
    'unshare',
    [
      '-m',
      'sh',
      '-c',
      `mount -t tmpfs -o size=2m none ${root}/small && exec "$0" "$1"`,
      process.execPath,
      join(root, 'script.ts'),
    ],
    { encoding: 'utf8' },
  )
  assert.equal(run.status, 0, run.stderr)
})

test('a file that is back already, as it was, is no file in the way: the note of it was lost', async (t) => {
  const { place, host } = setUp(t)
  const path = join(place, 'file')
  writeFileSync(path, 'content')
  const parameters = { file: { path, sha256: null, inode: null }, entry: 'qf-1' }
  const quarantined = await execute({ id: 'tk-1', kind: 'quarantine-file', parameters }, host)
  assert.equal(quarantined.state, 'done')
  const entry = join(host.directory, 'vault', 'qf-1')
  const kept = join(place, '..', 'kept')
  cpSync(entry, kept, { recursive: true })
  const restore = { entry: 'qf-1', ifInTheWay: 'refuse', path: null, acceptPlace: false } as const
  assert.equal((await execute({ id: 'tk-2', kind: 'restore-file', parameters: restore }, host)).state, 'done')
  // As a crash leaves it: the file is back, the vault does not know.
  rmSync(entry, { recursive: true })
  cpSync(kept, entry, { recursive: true })
  const again = await execute({ id: 'tk-2', kind: 'restore-file', parameters: restore }, host)
  assert.equal(again.code, 'file.restored')
  rmSync(entry, { recursive: true })
  cpSync(kept, entry, { recursive: true })
  // Another content with the same size and time is another file.
  const { mtime, atime } = lstatSync(path)
  writeFileSync(path, 'changed')
  utimesSync(path, atime, mtime)
  const refused = await execute({ id: 'tk-2', kind: 'restore-file', parameters: restore }, host)
  assert.equal(refused.code, 'restore.in-the-way')
})

test('kill -9 again and again: the file is always whole in one of the two places, and in the end where it was asked to be', async (t) => {
  const { place, host } = setUp(t)
  const path = join(place, 'file')
  writeFileSync(path, randomBytes(2_000_000))
  chmodSync(path, 0o750)
  const before = lookAt(path)
  const runner = fileURLToPath(new URL('./cycle.ts', import.meta.url))
  const run = (killAfterMs: number | undefined) =>
    new Promise<number | null>((resolve) => {
      const child = spawn(process.execPath, [runner, host.directory, path], { stdio: ['ignore', 'pipe', 'inherit'] })
      // From the moment on at which it begins.
      child.stdout.once('data', () => {
        if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs)
      })
      child.once('exit', (code) => resolve(code))
    })
  let interrupted = 0
  for (let round = 0; round < 25; round++) {
    if ((await run(round * 3)) === null) interrupted++
    const isThere = existsSync(path)
    if (isThere)
      assert.equal(digest(path), createHash('sha256').update(Buffer.from(before.content, 'base64')).digest('hex'))
    else assert.ok(existsSync(join(host.directory, 'vault')), 'it is in the vault')
  }
  assert.ok(interrupted > 5, `${interrupted} of 25 runs were interrupted`)
  assert.equal(await run(undefined), 0, 'the last one finishes what the others began')
  assert.deepEqual({ ...lookAt(path), atimeNs: before.atimeNs }, before)
  assert.deepEqual(readdirSync(place), ['file'], 'nothing of ours is left beside it')
})
