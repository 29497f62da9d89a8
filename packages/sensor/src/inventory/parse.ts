/** Texts of a host's files → things: packages, ports, units, jobs, modules, document roots, sudo rules. Pure; never throws. */
import { isIP } from 'node:net'
import { canonicalAddress, clip, trimEndOf } from '../draft.ts'
import type { Row } from './things.ts'

/** /var/lib/dpkg/status → installed packages. */
export function* dpkgPackages(text: string): Generator<Row> {
  for (const block of text.split('\n\n')) {
    const field = (name: string) => {
      const at = block.startsWith(`${name}: `) ? 0 : block.indexOf(`\n${name}: `) + 1
      if (at === 0 && !block.startsWith(`${name}: `)) return undefined
      const end = block.indexOf('\n', at)
      return block.slice(at + name.length + 2, end < 0 ? block.length : end)
    }
    const name = field('Package')
    if (name === undefined || !field('Status')?.endsWith(' installed')) continue
    yield [`${name}:${field('Architecture') ?? ''}`, { version: field('Version') }]
  }
}

const states: Readonly<Record<string, string>> = { '0A': 'tcp', '07': 'udp' }

/** One line of /proc/net/{tcp,udp}{,6} → a socket that is open for others, with its inode. */
export function listeningSocket(
  line: string,
  protocol: 'tcp' | 'udp',
): { address: string; port: number; inode: string; userId: number } | undefined {
  const [, local = '', remote = '', state = '', , , , user = '', , inode = ''] = line.trim().split(/\s+/)
  if (states[state] !== protocol || (protocol === 'udp' && !/^0+:0000$/.test(remote))) return undefined
  const [hex = '', port = ''] = local.split(':')
  const bytes = Buffer.from(hex, 'hex')
  if (bytes.length !== 4 && bytes.length !== 16) return undefined
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse()
  const text = bytes.length === 4 ? bytes.join('.') : (bytes.toString('hex').match(/.{4}/g) ?? []).join(':')
  const address = canonicalAddress(text)
  if (address === undefined || isIP(address) === 0) return undefined
  return { address, port: Number.parseInt(port, 16), inode, userId: Number(user) }
}

/** A unit file → what it starts, as whom, when. */
export function unitFacts(text: string): Record<string, string | undefined> {
  const first = (name: string) => {
    const found = text.split('\n', 2000).find((line) => line.startsWith(`${name}=`))
    return found === undefined ? undefined : clip(found.slice(name.length + 1).trim(), 1024)
  }
  return {
    command: first('ExecStart'),
    user: first('User'),
    calendar: first('OnCalendar') ?? first('OnUnitActiveSec') ?? first('OnBootSec'),
    listens: first('ListenStream') ?? first('ListenDatagram'),
  }
}

/** Linear: the last part takes whatever is left, so that nothing is tried twice. */
const jobLine = /^(@\w+|(?:[\d*,/A-Za-z-]+[ \t]+){5})\s*(.+)$/s

/** A crontab → its lines. `withUser`: system tables name the account before the command. */
export function* cronJobs(text: string, path: string, withUser: boolean, owner?: string): Generator<Row> {
  for (const line of text.split('\n', 5000)) {
    if (line.trim() === '' || line.startsWith('#') || /^\s*\w+\s*=/.test(line)) continue
    const found = jobLine.exec(line.trim())
    if (!found) continue
    const rest = found[2] ?? ''
    const user = withUser ? rest.split(/\s/, 1)[0] : owner
    const command = withUser ? rest.slice(user?.length ?? 0).trim() : rest
    const schedule = (found[1] ?? '').trim().replace(/\s+/g, ' ')
    yield [clip(`${path}: ${line.trim().replace(/\s+/g, ' ')}`, 1024), { path, schedule, user, command }]
  }
}

/** /proc/modules → loaded modules. Use counts change all the time and are left out. */
export function* kernelModules(text: string): Generator<Row> {
  for (const line of text.split('\n', 5000)) {
    const [name = '', size = ''] = line.split(' ')
    if (name === '') continue
    const taint = /\(([A-Z]+)\)\s*$/.exec(line)?.[1]
    yield [
      name,
      {
        sizeBytes: Number(size),
        ...(taint !== undefined && { outOfTree: taint.includes('O'), unsigned: taint.includes('E') }),
      },
    ]
  }
}

export type WebServer = 'nginx' | 'apache' | 'caddy' | 'lighttpd'

/** Configuration of a web server → the document roots it names. */
export function* documentRoots(text: string, server: WebServer, path: string): Generator<Row> {
  const directive = {
    nginx: /^\s*(?:root|alias)\s([^;]+);/,
    apache: /^\s*DocumentRoot\s(.+)$/i,
    caddy: /^\s*root\s+(?:\*\s+)?(\S+)\s*$/,
    lighttpd: /^\s*(?:server\.document-root)\s*=\s*(\S+)\s*$/,
  }[server]
  for (const line of text.split('\n', 20_000)) {
    const root = directive
      .exec(line.slice(0, 4096))?.[1]
      ?.trim()
      .replace(/^["']|["']$/g, '')
    if (root?.startsWith('/')) yield [root.length > 1 ? trimEndOf(root, '/') : root, { server, configuration: path }]
  }
}

/** Configuration of nginx or Apache → what it includes, as written: paths and patterns, also relative ones; Apache's `ServerRoot` with it. */
export function includedConfiguration(text: string, server: WebServer): { includes: string[]; serverRoot?: string } {
  const directive = {
    nginx: /(?:^|[;{}])\s*include\s([^;]+);/,
    apache: /^\s*Include(?:Optional)?\s+(.+)$/i,
    caddy: undefined,
    lighttpd: undefined,
  }[server]
  const found: { includes: string[]; serverRoot?: string } = { includes: [] }
  if (directive === undefined) return found
  const plain = (value: string) => value.trim().replace(/^["']|["']$/g, '')
  for (const line of text.split('\n', 20_000)) {
    const part = line.slice(0, 4096)
    const path = directive.exec(part)?.[1]
    // Variables are the server's own to know.
    if (path !== undefined && !path.includes('$') && found.includes.length < 500) found.includes.push(plain(path))
    const root = server === 'apache' ? /^\s*ServerRoot\s+(.+)$/i.exec(part)?.[1] : undefined
    if (root?.includes('$') === false) found.serverRoot = plain(root)
  }
  return found
}

/** A sudoers file → its rules. */
export function* sudoRules(text: string, path: string): Generator<Row> {
  for (const line of text.replaceAll('\\\n', ' ').split('\n', 5000)) {
    const rule = line.trim().replace(/\s+/g, ' ')
    if (rule === '' || rule.startsWith('#') || rule.startsWith('@') || /^(?:Defaults|\w+_Alias)\b/.test(rule)) continue
    yield [
      clip(`${path}: ${rule}`, 1024),
      { path, who: rule.split(' ', 1)[0], rule, noPassword: rule.includes('NOPASSWD') },
    ]
  }
}

/** An account that may have units and keys of its own. */
export interface HomeOf {
  account: string
  home: string
}

const homesMax = 1000
/** Homes of accounts that nobody logs on to are folders of the system. */
const noHomes = /^\/(?:|bin|sbin|dev|proc|sys|run|usr|etc|nonexistent)(?:\/|$)/

/** /etc/passwd → the homes of accounts, each once. */
export function homesOf(text: string): HomeOf[] {
  const found = new Map<string, HomeOf>()
  for (const line of text.split('\n', 65_536)) {
    const [account = '', , , , , home = ''] = line.split(':')
    if (account === '' || !home.startsWith('/') || noHomes.test(home) || found.has(home)) continue
    found.set(home, { account, home })
    if (found.size >= homesMax) break
  }
  return [...found.values()]
}
