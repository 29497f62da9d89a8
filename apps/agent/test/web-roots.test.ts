/** Document roots that the inventory finds are watched: a real kernel sensor, a web server's configuration in a namespace of its own. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const driver = fileURLToPath(new URL('web-roots-driver.ts', import.meta.url))
const skip = process.getuid?.() === 0 ? false : 'namespaces and kernel sensors need root'

test('a file that is put into a document root found in a configuration is seen, with its content', { skip }, (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'web-roots-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  const script = `
    mount --make-rprivate / && mkdir ${directory}/etc ${directory}/state &&
    mount -t tmpfs tmpfs ${directory}/etc && mkdir ${directory}/etc/u ${directory}/etc/w &&
    mount -t overlay overlay -o lowerdir=/etc,upperdir=${directory}/etc/u,workdir=${directory}/etc/w /etc &&
    mount -t tmpfs tmpfs /srv && mkdir -p /srv/shop/public /etc/nginx/sites-enabled &&
    printf 'server {\\n  root /srv/shop/public;\\n}\\n' > /etc/nginx/sites-enabled/shop &&
    exec ${process.execPath} ${driver} ${directory}/state /srv/shop/public/up.php`
  const ran = spawnSync('unshare', ['-m', '/bin/sh', '-ec', script], { encoding: 'utf8', timeout: 60_000 })
  if (/unknown filesystem/.test(ran.stderr)) return t.skip('this kernel has no overlay file system')
  assert.equal(ran.status, 0, ran.stderr)
  const event = JSON.parse(ran.stdout)
  assert.deepEqual(
    [event.type, event.file.path, event.content],
    ['file.written', '/srv/shop/public/up.php', '<?php system($_GET[0]);\n'],
  )
})
