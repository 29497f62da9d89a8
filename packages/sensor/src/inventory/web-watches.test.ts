import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { webWatches } from './web-watches.ts'

const paths = async (...roots: string[]) =>
  (await webWatches(Object.fromEntries(roots.map((root) => [root, {}])))).map(({ path }) => path)

test('document roots are watched, places of the system never are', async () => {
  const good = ['/data/sites/a', '/home/shop/public_html', '/opt/shop/htdocs', '/srv/shop', '/var/lib/tomcat9/webapps']
  assert.deepEqual(await paths(...good), good)
  const bad = ['/', '/srv', '/var', '/home', '/etc/nginx', '/usr/share', '/proc/1/root', '/tmp/x', '/var/log/a', '/dev']
  assert.deepEqual(await paths(...bad, '/srv/../etc', '/srv/*', '/sbin', '/lib64/x'), [])
  assert.deepEqual(await webWatches(undefined), [])
})

const skip = process.getuid?.() === 0 ? false : 'only root may make a folder there'

test('a root that is a link is watched where it leads, unless that is a place of the system', { skip }, async (t) => {
  const directory = mkdtempSync('/var/lib/web-watches-')
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  mkdirSync(join(directory, 'release-3'))
  symlinkSync('release-3', join(directory, 'current'))
  symlinkSync('/', join(directory, 'all'))
  assert.deepEqual(await paths(join(directory, 'current')), [join(directory, 'current'), join(directory, 'release-3')])
  assert.deepEqual(await paths(join(directory, 'all')), [join(directory, 'all')])
})
