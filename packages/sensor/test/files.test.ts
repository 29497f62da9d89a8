import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { defaultWatches } from '../src/file/watch.ts'
import type { PathWatch } from '../src/sensor.ts'
import { marker, type Observation, observe, pause, run, runScript, skip, waitMs } from './observe.ts'

describe('files', { skip }, () => {
  let host: Observation
  let directory = ''
  let watches: PathWatch[] = []
  const at = (...names: string[]) => path.join(directory, ...names)
  // The sensor leaves out its own process, so everything is done by another one.
  const shell = (script: string) => run('/bin/sh', '-c', script)

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'rampart-files-'))
    mkdirSync(at('watched'))
    mkdirSync(at('programs'))
    mkdirSync(at('watched', 'quiet'))
    watches = [
      ...defaultWatches,
      { path: at('watched'), report: 'all', content: true },
      { path: at('watched', 'quiet'), report: 'none' },
      { path: at('programs'), report: 'executables' },
      { path: at('other'), report: 'none' },
    ]
    host = await observe({ watches })
  })
  after(async () => {
    await host.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  test('a new file is written, with its beginning, owner, mode and the process', async () => {
    const ran = await shell(`echo first > ${at('watched/new.conf')}`)
    const event = await host.expect('file.written', (e) => e.file.path === at('watched/new.conf'))
    assert.equal(event.created, true)
    assert.equal(event.content, 'first\n')
    assert.equal(event.file.name, 'new.conf')
    assert.equal(event.file.extension, 'conf')
    assert.equal(event.file.sizeBytes, 6)
    assert.equal(event.file.inode, statSync(at('watched/new.conf')).ino)
    assert.equal(event.file.ownerId, 0)
    assert.equal(event.process?.pid, ran.pid)
    assert.equal(event.process?.parent?.pid, process.pid)
  })

  test('a file that was there is written, not created; appending counts, reading does not', async () => {
    writeFileSync(at('watched/old'), 'old\n')
    await shell(`cat ${at('watched/old')}; echo more >> ${at('watched/old')}`)
    const event = await host.expect('file.written', (e) => e.file.path === at('watched/old') && e.created === false)
    assert.equal(event.content, 'old\nmore\n')
    await pause(100)
    assert.equal(host.seen('file.written', (e) => e.file.path === at('watched/old')).length, 1)
  })

  test('directories made later are watched too, however deep', async () => {
    await shell(`mkdir -p ${at('watched/a/b/c/d/e/f/g/h/i/j')}; echo x > ${at('watched/a/b/c/d/e/f/g/h/i/j/deep')}`)
    await host.expect('file.written', (e) => e.file.path === at('watched/a/b/c/d/e/f/g/h/i/j/deep'))
  })

  test('a path through symbolic links and dots is given as it is', async () => {
    symlinkSync(at('watched'), at('alias'))
    await shell(`cd ${at('programs')}; echo x > ../alias/./through`)
    await host.expect('file.written', (e) => e.file.path === at('watched/through'))
  })

  test('places with report none, and places nobody watches, are quiet', async () => {
    await shell(
      `echo x > ${at('watched/quiet/file')}; mkdir ${at('other')}; echo x > ${at('other/file')}; chmod +x ${at('other/file')}; echo x > ${at('watched/last')}`,
    )
    await host.expect('file.written', (e) => e.file.path === at('watched/last'))
    await pause(100)
    assert.deepEqual(
      host.events.filter((e) => 'file' in e && /quiet|other/.test(e.file.path)).map((e) => e.type),
      [],
    )
  })

  test('rename, remove, link, symbolic link', async () => {
    writeFileSync(at('watched/before'), 'x')
    await shell(`cd ${at('watched')}; mv before ../watched/after; ln after hard; ln -s /etc/shadow soft; rm after`)
    const renamed = await host.expect('file.renamed', (e) => e.file.path === at('watched/after'))
    assert.equal(renamed.previousPath, at('watched/before'))
    const hard = await host.expect('file.linked', (e) => e.file.path === at('watched/hard'))
    assert.equal(hard.symbolic, false)
    assert.equal(hard.target, at('watched/after'))
    const soft = await host.expect('file.linked', (e) => e.file.path === at('watched/soft'))
    assert.equal(soft.symbolic, true)
    assert.equal(soft.target, '/etc/shadow')
    await host.expect('file.removed', (e) => e.file.path === at('watched/after'))
  })

  test('moving a file into a watched place, and out of it, is seen', async () => {
    writeFileSync(at('outside'), 'x')
    await shell(`mv ${at('outside')} ${at('watched/inside')}; mv ${at('watched/inside')} ${at('outside2')}`)
    await host.expect('file.renamed', (e) => e.previousPath === at('outside') && e.file.path === at('watched/inside'))
    await host.expect('file.renamed', (e) => e.previousPath === at('watched/inside') && e.file.path === at('outside2'))
  })

  test('a directory that is a symbolic link hides nothing', async () => {
    mkdirSync(at('plain'))
    writeFileSync(at('watched/target'), 'x')
    await shell(
      `ln -s ${at('watched')} ${at('plain/link')}; ln -s ${at('watched/target')} ${at('plain/file')}; echo x > ${at('plain/x')}; mv ${at('plain/x')} ${at('plain/link/moved-in')}; chmod 4755 ${at('plain/file')}; rm ${at('plain/link/moved-in')}`,
    )
    await host.expect('file.renamed', (e) => e.file.path === at('watched/moved-in') && e.previousPath === at('plain/x'))
    await host.expect('file.mode-changed', (e) => e.file.path === at('watched/target') && e.mode === 0o4755)
    await host.expect('file.removed', (e) => e.file.path === at('watched/moved-in'))
  })

  test('mode, owner and times', async () => {
    writeFileSync(at('watched/mode'), 'x')
    await shell(`cd ${at('watched')}; chmod 4755 mode; chown 65534:65534 mode; touch -d 2001-01-01 mode`)
    const mode = await host.expect(
      'file.mode-changed',
      (e) => e.file.path === at('watched/mode') && e.change === 'mode',
    )
    assert.equal(mode.mode, 0o4755)
    const owner = await host.expect(
      'file.mode-changed',
      (e) => e.file.path === at('watched/mode') && e.change === 'owner',
    )
    assert.equal(owner.ownerId, 65_534)
    await host.expect('file.mode-changed', (e) => e.file.path === at('watched/mode') && e.change === 'times')
  })

  test('extended attributes and the flags of chattr', async (t) => {
    writeFileSync(at('watched/marked'), 'x')
    const ran = await runScript(`
      const set = libc('int setxattr(const char *, const char *, const char *, size_t, int)')
      const marked = set('${at('watched/marked')}', 'user.mark', 'x', 1, 0)
      const fd = libc('int open(const char *, int)')('${at('watched/marked')}', 0)
      libc('int fsetxattr(int, const char *, const char *, size_t, int)')(fd, 'user.other', 'x', 1, 0)
      const flags = libc('int ioctl(int, unsigned long, const int *)')
      console.log(marked, flags(fd, 0x40086602, [0x10]))
      flags(fd, 0x40086602, [0])`)
    const [marked, flagged] = ran.output.trim().split(' ')
    if (marked !== '0' && flagged !== '0') t.skip('the file system has neither attributes nor inode flags')
    else {
      const all = (attribute: string) =>
        host.expect('file.mode-changed', (e) => e.file.path === at('watched/marked') && e.attribute === attribute)
      if (marked === '0') for (const attribute of ['user.mark', 'user.other']) await all(attribute)
      if (flagged === '0') for (const attribute of ['immutable', 'no-flags']) await all(attribute)
    }
  })

  test('truncate without open is a write', async () => {
    writeFileSync(at('watched/cut'), 'long')
    await runScript(
      `import { truncateSync } from 'node:fs'\nlibc('int truncate(const char *, long)')('${at('watched/cut')}', 1)`,
    )
    const event = await host.expect('file.written', (e) => e.file.path === at('watched/cut') && e.file.sizeBytes === 1)
    assert.equal(event.content, 'l')
  })

  test('in a place for executables only programs and scripts count', async () => {
    await shell(
      `cd ${at('programs')}; echo text > text; printf '#!/bin/sh\\ntrue\\n' > script; cp /bin/true binary; echo y > later; chmod +x later; cp /bin/true moved; mv moved renamed`,
    )
    await host.expect('file.written', (e) => e.file.path === at('programs/script'))
    await host.expect('file.written', (e) => e.file.path === at('programs/binary'))
    await host.expect('file.mode-changed', (e) => e.file.path === at('programs/later'))
    await host.expect('file.renamed', (e) => e.file.path === at('programs/renamed'))
    await pause(200)
    assert.deepEqual(
      host.seen('file.written', (e) => e.file.path === at('programs/text')),
      [],
    )
  })

  test('in another mount namespace the path is the one the process sees', async () => {
    const mark = marker()
    const fake = at('fake-etc')
    mkdirSync(fake)
    await run(
      'unshare',
      '-m',
      '/bin/sh',
      '-c',
      `mount --bind ${fake} /etc && echo "${mark}" > /etc/ld.so.preload; sleep 0.3`,
    )
    const event = await host.expect(
      'file.written',
      (e) => e.file.path === '/etc/ld.so.preload' && e.content === `${mark}\n`,
    )
    assert.equal(event.file.inode, statSync(path.join(fake, 'ld.so.preload')).ino)
  })

  test('in another mount namespace the content is found though the writer ended', async () => {
    const mark = marker()
    mkdirSync(at('etc-again'))
    await run(
      'unshare',
      '-m',
      '/bin/sh',
      '-c',
      `mount --bind ${at('etc-again')} /etc && /bin/sh -c 'echo "${mark}" > /etc/crontab'; sleep 0.3`,
    )
    const event = await host.expect('file.written', (e) => e.file.path === '/etc/crontab' && e.content === `${mark}\n`)
    assert.equal(event.process?.name, 'sh')
  })

  test('an overlay over /etc in another mount namespace', async () => {
    const mark = marker()
    for (const name of ['upper', 'work']) mkdirSync(at(name))
    const ran = await run(
      'unshare',
      '-m',
      '/bin/sh',
      '-c',
      `mount -t tmpfs tmpfs ${at('upper')} && mkdir ${at('upper/u')} ${at('upper/w')} && ` +
        `mount -t overlay overlay -o lowerdir=/etc,upperdir=${at('upper/u')},workdir=${at('upper/w')} /etc && ` +
        `echo "* * * * * root ${mark}" > /etc/cron.d-${mark} && sed -i s/x/y/ /etc/hosts; sleep 0.3`,
    )
    if (ran.status !== 0 && /unknown filesystem/.test(ran.output)) return
    await host.expect('file.written', (e) => e.file.path === `/etc/cron.d-${mark}`)
    await host.expect('file.renamed', (e) => e.file.path === '/etc/hosts')
  })

  test('a directory that brings a watched one along, and takes it away', async () => {
    await shell(`mkdir -p ${at('nest/inner')} ${at('prepared/inner')}`)
    assert.equal(host.watch([...watches, { path: at('nest/inner'), report: 'all' }]), true)
    await shell(`mv ${at('nest')} ${at('nest-before')}; mv ${at('prepared')} ${at('nest')}`)
    await host.expect('file.renamed', (e) => e.previousPath === at('nest') && e.file.path === at('nest-before'))
    await host.expect('file.renamed', (e) => e.previousPath === at('prepared') && e.file.path === at('nest'))
  })

  test('a mount that is in no namespace hides nothing', async (t) => {
    if (statSync(directory).dev !== statSync('/').dev) {
      t.skip('the directory for temporary files is not on the root file system')
      return
    }
    // open_tree(2) with OPEN_TREE_CLONE: a copy of the mount that is attached nowhere.
    const ran = await runScript(`
      const tree = libc('long syscall(long, int, const char *, int)')(428, -100, '${at('watched')}', 1)
      const fd = libc('int openat(int, const char *, int, int)')(Number(tree), 'detached', 0o101, 0o644)
      console.log(Number(tree) >= 0 && fd >= 0)`)
    if (ran.output.trim() !== 'true') {
      t.skip('this kernel copies no mounts')
      return
    }
    const event = await host.expect('file.written', (e) => e.file.path === at('watched/detached'))
    assert.equal(event.process?.pid, ran.pid)
  })

  test('a write through another mount of the same directory has its place on the host as path', async (t) => {
    if (statSync(directory).dev !== statSync('/').dev) {
      t.skip('the directory for temporary files is not on the root file system')
      return
    }
    const other = at('second-name')
    mkdirSync(other)
    await run(
      'unshare',
      '-m',
      '/bin/sh',
      '-c',
      `mount --bind ${at('watched')} ${other} && echo x > ${other}/by-the-back`,
    )
    await host.expect('file.written', (e) => e.file.path === at('watched/by-the-back'))
  })

  test('the directory over which another is mounted keeps its name, the other one its own', async () => {
    await run(
      'unshare',
      '-m',
      '/bin/sh',
      '-c',
      `mount --bind ${at('programs')} ${at('watched/a')} && echo x > ${at('watched/a')}/covered; sleep 0.2`,
    )
    await host.expect('file.written', (e) => e.file.path === at('watched/a/covered'))
  })

  test('the content of a file that not everybody may read stays where it is', async () => {
    await shell(`cd ${at('watched')}; umask 077; echo secret > secret`)
    const event = await host.expect('file.written', (e) => e.file.path === at('watched/secret'))
    assert.equal(event.content, undefined)
  })

  test('a file that is renamed at once still has its content', async () => {
    await shell(`cd ${at('watched')}; echo soon > part; mv part whole`)
    const event = await host.expect('file.written', (e) => e.file.path === at('watched/part'))
    assert.equal(event.content, 'soon\n')
    await host.expect('file.renamed', (e) => e.file.path === at('watched/whole'))
  })

  test('a path deeper than the kernel follows is reported all the same', async () => {
    const deep = Array.from({ length: 130 }, () => 'd').join('/')
    const ran = await shell(`mkdir -p ${at('watched')}/${deep} && echo x > ${at('watched')}/${deep}/leaf`)
    const event = await host.expect('file.written', (e) => e.process?.pid === ran.pid)
    assert.match(event.file.path, /^…(\/d)+\/leaf$/)
  })

  test('writing to the memory of another process is an access to it', async () => {
    await runScript(`
      import { openSync } from 'node:fs'
      import { spawn } from 'node:child_process'
      const child = spawn('/bin/sleep', ['1'])
      openSync('/proc/' + child.pid + '/mem', 'r+')
      child.kill()`)
    const event = await host.expect('process.accessed', (e) => e.operation === 'memory-write')
    assert.equal(event.target.commandLine?.startsWith('/bin/sleep'), true)
  })

  test('what the sensor itself does is left out', async () => {
    writeFileSync(at('watched/own'), 'x')
    renameSync(at('watched/own'), at('watched/own2'))
    chmodSync(at('watched/own2'), 0o600)
    chownSync(at('watched/own2'), 0, 0)
    linkSync(at('watched/own2'), at('watched/own3'))
    truncateSync(at('watched/own2'), 0)
    await shell(`echo x > ${at('watched/theirs')}`)
    await host.expect('file.written', (e) => e.file.path === at('watched/theirs'))
    assert.deepEqual(
      host.events.filter((e) => 'file' in e && /own\d?$/.test(e.file.path)),
      [],
    )
  })

  test('hundreds of files in one go are all seen', async () => {
    mkdirSync(at('watched/many'))
    await shell(`i=0; while [ $i -lt 500 ]; do echo x > ${at('watched/many')}/$i; i=$((i+1)); done`)
    const until = performance.now() + waitMs
    const count = () =>
      new Set(host.seen('file.written', (e) => e.file.path.startsWith(at('watched/many/'))).map((e) => e.file.path))
        .size
    while (count() < 500 && performance.now() < until) await pause(20)
    assert.equal(count(), 500)
  })

  test('a directory that was uninteresting a moment ago and is now a link to a watched one', async () => {
    const place = at('elsewhere')
    await shell(`mkdir -p ${place} && cd / && touch ${place}/a ${place}/b ${at('watched/victim')} && rm ${place}/a && mv ${place}/b ${place}/c &&
      rm -r ${place} && ln -s ${at('watched')} ${place} && rm ${place}/victim`)
    await host.expect('file.removed', (e) => e.file.path === at('watched/victim'))
  })
})
