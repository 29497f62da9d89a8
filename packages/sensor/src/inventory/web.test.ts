/** Document roots in files that the configuration of nginx and Apache includes: real trees, with loops, links and hostile patterns. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { createHostLooker } from './look.ts'

const base = mkdtempSync(join(tmpdir(), 'inventory-web-'))
after(() => rmSync(base, { recursive: true, force: true }))
let number = 0

async function rootsOf(files: Record<string, string>, links: Record<string, string> = {}) {
  const root = join(base, `${number++}`)
  mkdirSync(join(root, 'proc'), { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(root, path))
  const things = (await createHostLooker(root, join(root, 'proc')).look())['web-root']?.things ?? {}
  return Object.fromEntries(Object.entries(things).map(([name, { configuration }]) => [name, configuration]))
}

test('nginx: relative and absolute files, patterns, files in files, links; each once, in whatever order they include each other', async () => {
  const roots = await rootsOf(
    {
      'etc/nginx/nginx.conf':
        'http {\n  include mime.types;\n  include /srv/*/nginx/*.conf;\n  include "shops/one.conf"; include $unknown;\n  # include /srv/off.conf;\n}\n',
      'etc/nginx/shops/one.conf': 'server { include shops/deep/two.conf; }\n  root /srv/one;\n',
      'etc/nginx/shops/deep/two.conf': 'include shops/one.conf;\ninclude nginx.conf;\nroot /srv/two;\n',
      'srv/blog/nginx/site.conf': 'server {\n  root /srv/blog/public;\n}\n',
      'srv/blog/nginx/site.conf.old': 'root /srv/old;\n',
      'srv/off.conf': 'root /srv/off;\n',
      'srv/real.conf': 'root /srv/linked;\n',
    },
    {
      'etc/nginx/loop': '.',
      'srv/blog/nginx/z-link.conf': '../../real.conf',
      'srv/blog/nginx/dangling.conf': 'nowhere',
    },
  )
  assert.deepEqual(roots, {
    '/srv/one': '/etc/nginx/shops/one.conf',
    '/srv/two': '/etc/nginx/shops/deep/two.conf',
    '/srv/blog/public': '/srv/blog/nginx/site.conf',
    '/srv/linked': '/srv/blog/nginx/z-link.conf',
  })
})

test('Apache: Include and IncludeOptional below its ServerRoot, whole folders, without regard to case', async () => {
  const debian = await rootsOf({
    'etc/apache2/apache2.conf':
      'IncludeOptional vhosts/*.conf\nInclude \x24{APACHE}/x\ninclude /srv/folder\nInclude missing.conf\n',
    'etc/apache2/vhosts/a.conf': '<VirtualHost *:80>\n  DocumentRoot "/srv/a"\n</VirtualHost>\n',
    'srv/folder/b.conf': 'documentroot /srv/b/\n',
  })
  assert.deepEqual(debian, { '/srv/a': '/etc/apache2/vhosts/a.conf', '/srv/b': '/srv/folder/b.conf' })
  const other = await rootsOf({
    'etc/httpd/conf/httpd.conf': 'ServerRoot "/opt/httpd"\nInclude extra/vhosts.conf\n',
    'opt/httpd/extra/vhosts.conf': 'DocumentRoot /srv/c\n',
  })
  assert.deepEqual(other, { '/srv/c': '/opt/httpd/extra/vhosts.conf' })
  const plain = await rootsOf({
    'etc/httpd/conf/httpd.conf': 'Include vhosts.d/*.conf\n',
    'etc/httpd/vhosts.d/d.conf': 'DocumentRoot /srv/d\n',
  })
  assert.deepEqual(plain, { '/srv/d': '/etc/httpd/vhosts.d/d.conf' })
})

test('a chain without end and a folder of thousands are followed so far and no further', async () => {
  const files: Record<string, string> = { 'etc/nginx/nginx.conf': 'include chain/0.conf;\ninclude many/*.conf;\n' }
  for (let at = 0; at < 20; at++)
    files[`etc/nginx/chain/${at}.conf`] = `include chain/${at + 1}.conf;\nroot /srv/chain-${at};\n`
  for (let at = 0; at < 600; at++) files[`etc/nginx/many/${at}.conf`] = `root /srv/many-${at};\n`
  const names = Object.keys(await rootsOf(files))
  const chain = names.filter((name) => name.startsWith('/srv/chain-'))
  assert.ok(chain.length > 0 && chain.length <= 8, `${chain.length}`)
  // With nginx.conf itself no more than 500 files.
  assert.ok(names.length >= 490 && names.length < 500, `${names.length}`)
})
