/** Deep cleanup in a disposable /etc and /var/spool/cron: what belongs to the attack is found, nothing else; each part goes and comes back. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../../test/until.ts'
import { execute } from '../src/execute/index.ts'
import { lookAt, setUp, targetOf } from './host.ts'
import { isAlive } from './processes.ts'

test('the whole tree ends, what it started again and again too; a bystander lives', async (t) => {
  const { host } = setUp(t)
  // The top one forks forever; each child starts a grandchild in a session of its own.
  const tree = spawn('sh', ['-c', 'while :; do setsid sh -c "sleep 300 & wait" & sleep 0.02; done'], {
    stdio: 'ignore',
  })
  const bystander: ChildProcess = spawn('sleep', ['300'], { stdio: 'ignore' })
  t.after(() => bystander.kill('SIGKILL'))
  await until(
    'a tree of a dozen',
    () => readFileSync(`/proc/${tree.pid}/task/${tree.pid}/children`, 'utf8').trim().split(' ').length > 12,
  )
  const outcome = await execute(
    { id: 'tk-1', kind: 'kill-process', parameters: { process: targetOf(tree.pid as number), tree: true } },
    host,
  )
  assert.equal(outcome.code, 'process.ended')
  const ended = outcome.details?.ended as string[]
  assert.ok(ended.length > 10, `${ended.length} ended`)
  for (const one of ended) assert.equal(isAlive(Number.parseInt(one, 10)), false, one)
  assert.equal(isAlive(bystander.pid as number), true)
})

test('a line is taken out and put back where it was, with owner and mode of its file', async (t) => {
  const { place, host } = setUp(t)
  const path = join(place, 'crontab')
  writeFileSync(path, 'SHELL=/bin/sh\n* * * * * /tmp/✗ evil\n# end\n')
  chmodSync(path, 0o640)
  const before = lookAt(path)
  const line = '* * * * * /tmp/✗ evil'
  const removed = await execute({ id: 'tk-1', kind: 'remove-line', parameters: { path, line } }, host)
  assert.equal(removed.code, 'line.removed')
  assert.equal(Buffer.from(lookAt(path).content, 'base64').toString(), 'SHELL=/bin/sh\n# end\n')
  assert.equal(lookAt(path).mode, before.mode)
  assert.equal((await execute({ id: 'tk-1', kind: 'remove-line', parameters: { path, line } }, host)).code, 'line.gone')
  const { after, at, copies } = removed.details as { after: string; at: number; copies: number }
  const back = () => execute({ id: 'tk-2', kind: 'insert-line', parameters: { path, line, after, at, copies } }, host)
  assert.equal((await back()).code, 'line.inserted')
  assert.equal((await back()).code, 'line.there')
  assert.equal(lookAt(path).content, before.content)
})

test('of two identical lines one goes, also when the task is run again after a crash, and it comes back to its place', async (t) => {
  let kept: unknown
  let crashes = true
  const memory = {
    kept: () => kept,
    keep: (value: unknown) => {
      kept = value
      if (crashes) throw new Error('the power went')
    },
  }
  const { place, host } = setUp(t, { memory })
  const path = join(place, 'crontab')
  const text = 'A=1\n\n* * * * * evil\n\n* * * * * evil\n'
  writeFileSync(path, text)
  const line = '* * * * * evil'
  const remove = () => execute({ id: 'tk-1', kind: 'remove-line', parameters: { path, line } }, host)
  assert.equal((await remove()).state, 'failed', 'before the exchange of the files')
  assert.equal(readFileSync(path, 'utf8'), text)
  crashes = false
  const first = await remove()
  // Its outcome was never written down: the same task begins again.
  assert.deepEqual(await remove(), first)
  assert.equal(readFileSync(path, 'utf8'), 'A=1\n\n\n* * * * * evil\n')
  kept = undefined
  const { after, at, copies } = first.details as { after: string; at: number; copies: number }
  const back = () => execute({ id: 'tk-2', kind: 'insert-line', parameters: { path, line, after, at, copies } }, host)
  assert.equal((await back()).code, 'line.inserted')
  assert.equal((await back()).code, 'line.inserted', 'the same one')
  assert.equal(readFileSync(path, 'utf8'), text)
})

test('the plan names the family, its copies, its cron line, its unit, its key, and nothing else', async (t) => {
  const { root, place, host } = setUp(t)
  const evil = join(place, 'evil')
  copyFileSync('/usr/bin/sleep', evil)
  chmodSync(evil, 0o755)
  const child = spawn(evil, ['300'], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  await until('its program', () => readlinkSync(`/proc/${child.pid}/exe`) === evil)
  const seeds = {
    processes: [targetOf(child.pid as number)],
    files: [
      { path: evil, sha256: null, inode: null },
      { path: '/root/.ssh/authorized_keys', sha256: null, inode: null },
      { path: '/etc/cron.d/job', sha256: null, inode: null },
      { path: '/etc/cron.d/own', sha256: null, inode: null },
    ],
    texts: [`echo ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleOfTheAttacker >> /root/.ssh/authorized_keys`],
  }
  writeFileSync(
    join(root, 'run.ts'),
    `import { execute } from '${import.meta.resolve('../src/execute/index.ts')}'
     import { hostIn } from '${import.meta.resolve('./host.ts')}'
     const outcome = await execute({ id: 'tk-p', kind: 'plan-clean-up', parameters: ${JSON.stringify(seeds)} }, hostIn('${host.directory}'))
     console.log(JSON.stringify(outcome))`,
  )
  // A mount namespace of its own: everything under these folders is gone with it.
  const script = `
    mount --make-rprivate /
    for folder in /etc/cron.d /etc/systemd/system /root/.ssh /var/tmp; do mkdir -p $folder; mount -t tmpfs none $folder; done
    printf '* * * * * root ${evil} --quiet\\n* * * * * root ${evil}-other\\n# ${evil}\\n' > /etc/cron.d/job
    printf '* * * * * root ${evil} --again\\n' > /etc/cron.d/own
    printf '[Service]\\nExecStart=${evil} 5\\n' > /etc/systemd/system/evil.service
    printf '[Service]\\nExecStart=/usr/bin/good\\n' > /etc/systemd/system/good.service
    printf 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleOfTheAttacker\\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleOfTheOwner\\n' > /root/.ssh/authorized_keys
    cp ${evil} /var/tmp/.hidden-copy
    exec "$0" ${join(root, 'run.ts')}`
  const run = spawnSync('unshare', ['-m', 'sh', '-ec', script, process.execPath], { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
  const outcome = JSON.parse(run.stdout) as { code: string; details: { parts: { title: string; certain: boolean }[] } }
  assert.equal(outcome.code, 'clean-up.planned')
  const titles = (certain: boolean) =>
    outcome.details.parts
      .filter((part) => part.certain === certain)
      .map(({ title }) => title)
      .sort()
  assert.deepEqual(
    titles(true),
    [
      `/etc/cron.d/job: * * * * * root ${evil} --quiet`,
      '/etc/cron.d/own',
      '/etc/systemd/system/evil.service',
      '/root/.ssh/authorized_keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleOfTheAttacker',
      '/var/tmp/.hidden-copy',
      `${child.pid} evil ${evil}`,
      evil,
    ].sort(),
  )
  assert.deepEqual(titles(false), [
    '/etc/cron.d/job',
    '/root/.ssh/authorized_keys: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleOfTheOwner',
  ])
})
