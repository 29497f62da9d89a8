/** The .deb on a machine without Node: it installs, refuses to go while enrolled, and keeps the state until it is purged. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const builder = fileURLToPath(new URL('../../tools/build-agent-package.ts', import.meta.url))
const machine = fileURLToPath(new URL('./parts/deb-machine.sh', import.meta.url))
const canOverlay =
  process.getuid?.() === 0 &&
  spawnSync('unshare', [
    '-m',
    'sh',
    '-c',
    'mount -t tmpfs none /mnt && cd /mnt && mkdir u w r && mount -t overlay overlay -o lowerdir=/,upperdir=u,workdir=w r',
  ]).status === 0

test('install, refuse, remove, purge', { skip: !canOverlay && 'needs root and overlayfs' }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rampart-deb-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const scratch = join(folder, 'scratch')
  mkdirSync(scratch)
  execFileSync(process.execPath, [builder, '--out', join(folder, 'out'), '--version', '0.9.9'], { stdio: 'ignore' })
  const [deb = ''] = readdirSync(join(folder, 'out')).filter((name) => name.endsWith('.deb'))
  assert.match(deb, /^rampart-agent_0\.9\.9_(?:amd64|arm64)\.deb$/)
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['-m', '--propagation', 'private', 'sh', machine, join(folder, 'out', deb), scratch],
    { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' } },
  )
  assert.deepEqual(
    stdout.trim().split('\n'),
    [
      'installs yes',
      'version 0.9.9',
      'current versions/0.9.9',
      'unit yes',
      'removes-while-enrolled no',
      'removes-when-allowed yes',
      'keeps-state yes',
      'installs-again yes',
      'purges yes',
      'state-is-gone yes',
      'program-is-gone yes',
    ],
    stderr,
  )
})
