/** Web servers of the host and the folders that they serve, from their configuration. */
import { basename, dirname, join } from 'node:path'
import { isPattern, matchesPattern } from '../log/expand.ts'
import type { HostFiles } from './host-files.ts'
import { documentRoots, includedConfiguration, type WebServer } from './parse.ts'
import type { Row, Things } from './things.ts'

interface Place {
  server: WebServer
  files: readonly string[]
  folders: readonly string[]
  /** Packages and programs of this server. */
  packages: RegExp
  programs: RegExp
}

const places: readonly Place[] = [
  {
    server: 'nginx',
    files: ['/etc/nginx/nginx.conf'],
    folders: ['/etc/nginx/conf.d', '/etc/nginx/sites-enabled'],
    packages: /^nginx(?:-core|-full|-light|-extras|-mainline)?:/,
    programs: /^nginx$/,
  },
  {
    server: 'apache',
    files: ['/etc/apache2/apache2.conf', '/etc/httpd/conf/httpd.conf'],
    folders: ['/etc/apache2/sites-enabled', '/etc/apache2/conf-enabled', '/etc/httpd/conf.d'],
    packages: /^(?:apache2|httpd):/,
    programs: /^(?:apache2|httpd)$/,
  },
  {
    server: 'caddy',
    files: ['/etc/caddy/Caddyfile'],
    folders: ['/etc/caddy/conf.d'],
    packages: /^caddy:/,
    programs: /^caddy$/,
  },
  {
    server: 'lighttpd',
    files: ['/etc/lighttpd/lighttpd.conf'],
    folders: ['/etc/lighttpd/conf-enabled', '/etc/lighttpd/conf.d'],
    packages: /^lighttpd:/,
    programs: /^lighttpd$/,
  },
]
/** Tomcat serves what lies in these, without a line of configuration. */
const applicationFolders = ['/var/lib/tomcat9/webapps', '/var/lib/tomcat10/webapps', '/opt/tomcat/webapps']

export interface WebConfiguration {
  roots: Row[]
  /** Servers that are configured here, with the main file of each. */
  servers: { server: string; configuration: string; roots: number; packages: RegExp; programs: RegExp }[]
}

/** Included files are followed so deep, and so many are read of one server. */
const depthMax = 8
const filesMax = 500

export async function readWebConfiguration(host: HostFiles): Promise<WebConfiguration> {
  const { memo, at } = host
  const found: WebConfiguration = { roots: [], servers: [] }
  for (const { server, files, folders, packages, programs } of places) {
    const paths: string[] = [...files]
    for (const folder of folders) for (const name of await memo.names(at(folder))) paths.push(join(folder, name))
    const roots: Row[] = []
    let main: string | undefined
    let base = ''
    const seen = new Set<string>()
    let left: Iterable<string> = paths
    for (let depth = 0; depth <= depthMax; depth++) {
      const included = new Set<string>()
      for (const path of left) {
        if (seen.has(path) || seen.size >= filesMax) continue
        seen.add(path)
        const read = await memo.file(at(path), 'web', (text) => ({
          rows: [...documentRoots(text, server, path)],
          ...includedConfiguration(text, server),
        }))
        if (read === undefined) continue
        if (files.includes(path)) {
          main ??= path
          // What httpd was built with, where the file does not say it.
          base = read.serverRoot ?? (path.startsWith('/etc/httpd/') ? '/etc/httpd' : dirname(path))
        }
        roots.push(...read.rows)
        for (const pattern of read.includes) {
          // more than this would not be read
          if (included.size >= filesMax) break
          const place = pattern.startsWith('/') ? pattern : join(base || dirname(path), pattern)
          for (const one of await expand(host, place)) if (!seen.has(one)) included.add(one)
        }
      }
      left = included
    }
    found.roots.push(...roots)
    const count = new Set(roots.map(([name]) => name)).size
    if (main !== undefined) found.servers.push({ server, configuration: main, roots: count, packages, programs })
  }
  for (const folder of applicationFolders) {
    if ((await memo.names(at(folder))).length === 0) continue
    found.roots.push([folder, { server: 'tomcat', configuration: folder }])
    const [packages, programs] = [/^tomcat\d*:/, /^java$/]
    found.servers.push({ server: 'tomcat', configuration: folder, roots: 1, packages, programs })
  }
  return found
}

/** Files that a path names: with `*` in its parts, or all in it when it is a folder. */
async function expand({ memo, at }: HostFiles, pattern: string): Promise<string[]> {
  let paths = ['/']
  for (const part of pattern.split('/')) {
    if (part === '') continue
    const next: string[] = []
    for (const path of paths)
      if (!isPattern(part)) next.push(join(path, part))
      else
        for (const name of await memo.names(at(path)))
          if (matchesPattern(name, part) && next.length < filesMax) next.push(join(path, name))
    paths = next
  }
  const files: string[] = []
  for (const path of paths) {
    const names = await memo.names(at(path))
    files.push(...(names.length === 0 ? [path] : names.map((name) => join(path, name))))
  }
  return files.slice(0, filesMax)
}

/** The servers with what packages and ports say about them. */
export function webServers(
  { servers }: WebConfiguration,
  packages: Things | undefined,
  ports: Things | undefined,
): Row[] {
  return servers.map(({ server, configuration, roots, packages: named, programs }) => {
    const installed = Object.keys(packages ?? {}).find((name) => named.test(name))
    const held = Object.values(ports ?? {}).filter(({ program }) => programs.test(basename(String(program ?? ''))))
    const numbers = [...new Set(held.map(({ port }) => Number(port)))].sort((one, other) => one - other)
    return [
      server,
      {
        version: installed === undefined ? undefined : packages?.[installed]?.version,
        program: held[0]?.program,
        ports: numbers.slice(0, 20).join(', '),
        roots,
        configuration,
        running: held.length > 0,
      },
    ]
  })
}
