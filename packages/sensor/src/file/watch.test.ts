import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layout } from '../kernel/wire.ts'
import { joinPath } from './decode.ts'
import { defaultWatches, watchTree } from './watch.ts'

/** Walks the kernel's entries as bpf/files.bpf.c does. */
function kernelMatch(entries: { key: Uint8Array; value: Uint8Array }[], path: string): string | undefined {
  const steps = new Map<string, { node: number; watch: number; flags: number }>()
  for (const { key, value } of entries) {
    const name = Buffer.from(key.subarray(layout.watch_step.name))
    const bytes = Buffer.from(value)
    steps.set(`${Buffer.from(key).readUInt32LE(0)} ${name.toString('utf8', 0, name.indexOf(0))}`, {
      node: bytes.readUInt32LE(layout.watch_node.node),
      watch: bytes.readUInt16LE(layout.watch_node.watch),
      flags: bytes.readUInt16LE(layout.watch_node.flags),
    })
  }
  let node = 0
  let decided: { watch: number; flags: number } | undefined
  for (const part of path.split('/').filter(Boolean).slice(0, 8)) {
    const step = steps.get(`${node} ${part}`) ?? steps.get(`${node} *`)
    if (!step) break
    node = step.node
    if (step.watch) decided = step
  }
  if (!decided || decided.flags & 2) return undefined
  return decided.flags & 1 ? 'executables' : 'all'
}

test('kernel and user space decide alike, and as the list says', () => {
  const tree = watchTree([
    { path: '/etc', report: 'all' },
    { path: '/etc/quiet', report: 'none' },
    { path: '/etc/quiet/but', report: 'all' },
    { path: '/home', report: 'executables' },
    { path: '/home/*/.ssh', report: 'all' },
    { path: '/home/bob/data', report: 'none' },
    { path: '/proc/*/mem', report: 'all' },
    { path: '/a/b/c/d/e/f/g/h/i/j', report: 'all' },
  ])
  const cases: [string, 'all' | 'executables' | undefined][] = [
    ['/etc/passwd', 'all'],
    ['/etc', 'all'],
    ['/etcetera', undefined],
    ['/etc/quiet/file', undefined],
    ['/etc/quiet/but/file', 'all'],
    ['/home/alice/program', 'executables'],
    ['/home/alice/.ssh/authorized_keys', 'all'],
    ['/home/bob/.ssh/id', 'all'],
    ['/home/bob/data/x', undefined],
    ['/home/alice/data/x', 'executables'],
    ['/proc/77/mem', 'all'],
    ['/proc/77/maps', undefined],
    ['/a/b/c/d/e/f/g/h/other', 'all'],
    ['/var/lib', undefined],
    ['/', undefined],
  ]
  for (const [path, expected] of cases) {
    assert.equal(tree.match(path)?.report, expected, path)
    assert.equal(kernelMatch(tree.entries(), path), expected, `${path} in the kernel`)
  }
})

test('the default list watches what persistence and privilege depend on', () => {
  const tree = watchTree(defaultWatches)
  for (const path of [
    '/etc/crontab',
    '/etc/cron.d/x',
    '/etc/ld.so.preload',
    '/etc/systemd/system/x.service',
    '/root/.ssh/authorized_keys',
    '/home/alice/.ssh/authorized_keys',
    '/home/alice/.bashrc',
    '/root/.bashrc',
    '/var/spool/cron/crontabs/root',
    '/usr/lib/systemd/system/x.service',
    '/usr/lib/x86_64-linux-gnu/security/pam_x.so',
    '/var/www/html/x.php',
    '/usr/local/bin/x',
  ])
    assert.equal(tree.match(path)?.report, 'all', path)
  for (const path of ['/usr/bin/x', '/tmp/x', '/dev/shm/a/b', '/home/alice/x', '/lib/x.so'])
    assert.equal(tree.match(path)?.report, 'executables', path)
  for (const path of ['/var/lib/x', '/proc/1/maps', '/run/x', '/srv/data'])
    assert.equal(tree.match(path), undefined, path)
  for (const path of ['/etc/shadow', '/root/.ssh/id_ed25519', '/home/alice/.ssh/id_ed25519'])
    assert.equal(tree.match(path)?.privateContent, undefined, path)
  for (const { key } of tree.entries()) assert.equal(key.length, layout.watch_step.size)
})

test('paths are joined without dots, and an absolute one stays below the root of its process', () => {
  assert.equal(joinPath('/etc/cron.d', '../passwd'), '/etc/passwd')
  assert.equal(joinPath('/', '/etc//./x/'), '/etc/x')
  assert.equal(joinPath('/jail', '/../../etc/x'), '/jail/etc/x')
  assert.equal(joinPath('/a', '../../../b'), '/b')
})
