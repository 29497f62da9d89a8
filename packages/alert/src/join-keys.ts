/** Finding → what joins its alert to others of the same attack: process tree, logon session, file, address, account. Pure. */
import { createHash } from 'node:crypto'
import type { Ancestor, Event, Process } from '@rampart/event'
import type { Finding } from './finding.ts'

const hour = 3_600_000

/**
 * What alerts may have in common, and how far apart in time it still joins them, ms.
 * `service` is a process tree below a program that runs for months: it says less than one that an attacker started.
 */
export const joinWindowsMs = {
  process: 24 * hour,
  service: hour,
  session: 24 * hour,
  file: 24 * hour,
  path: 24 * hour,
  address: 6 * hour,
  account: hour,
  identity: 6 * hour,
  'flow-out': 6 * hour,
  'flow-in': 6 * hour,
} as const
export type JoinKind = keyof typeof joinWindowsMs

export interface JoinKey {
  kind: JoinKind
  /** Holds the asset id where the thing means something on one asset only. At most 128 characters. */
  value: string
}

/** What a key joins with: its own kind; the two ends of a connection join with each other, never with their like. */
export function counterpartOf(kind: JoinKind): JoinKind {
  if (kind === 'flow-out') return 'flow-in'
  return kind === 'flow-in' ? 'flow-out' : kind
}

/** Instants are compared in steps of a window, so that repeats of an alert need no more than a few rows. */
const stepsPerWindow = 24

/** The step of an instant, ms. Two occurrences are near when their steps differ by a window or less. */
export function stepOf(kind: JoinKind, at: number): number {
  const step = joinWindowsMs[kind] / stepsPerWindow
  return Math.floor(at / step) * step
}

/** Programs that start things which have nothing to do with each other: a process tree ends below them. */
const hubs = new Set([
  ...['systemd', 'init', 'launchd', '(sd-pam)', 'kthreadd', 'openrc', 'runit', 'runsv', 'runsvdir', 's6-svscan'],
  ...[
    'cron',
    'crond',
    'atd',
    'anacron',
    'supervisord',
    'inetd',
    'xinetd',
    'login',
    'getty',
    'agetty',
    'gdm',
    'lightdm',
  ],
  ...['dockerd', 'containerd', 'containerd-shim', 'containerd-shim-runc-v2', 'conmon', 'runc', 'kubelet', 'crio'],
  ...[
    'services.exe',
    'wininit.exe',
    'winlogon.exe',
    'svchost.exe',
    'explorer.exe',
    'userinit.exe',
    'smss.exe',
    'csrss.exe',
  ],
])
/** Programs that serve many people: what happens below one of them hours apart need not belong together. */
const services =
  /^(?:nginx|apache2|httpd|lighttpd|caddy|haproxy|php-fpm[\d.]*|uwsgi|gunicorn|java|tomcat\d*|node|mysqld|mariadbd|postgres|postmaster|redis-server|mongod|memcached|jenkins|gitlab-runner|w3wp\.exe|sqlservr\.exe)$/i
const sshDaemon = /^sshd(?:-session|-auth)?$/

const nameOf = (process: Ancestor) => process.executable?.split(/[/\\]/).pop() || process.name || ''
const isHub = (process: Ancestor) => process.pid <= 2 || hubs.has(nameOf(process).toLowerCase().slice(0, 32))

/** Keys of one finding; none when it says nothing that could join it. `ownAddresses` are those of the asset. */
export function joinKeysOf(finding: Finding, ownAddresses: readonly string[] = []): JoinKey[] {
  const event: Event = finding.evidence
  const keys = new Map<string, JoinKey>()
  const add = (kind: JoinKind, value: string) => {
    const short = value.length > 128 ? `sha256:${createHash('sha256').update(value).digest('hex')}` : value
    keys.set(`${kind} ${short}`, { kind, value: short })
  }
  if (event.process) addProcesses(add, finding.assetId, event.process)
  if ((event.type === 'logon.attempted' || event.type === 'logon.ended') && event.sessionId && event.service === 'sshd')
    add('session', `${finding.assetId}/${event.sessionId}`)
  addFiles(add, finding, event)
  addAddresses(add, finding, event, ownAddresses)
  addAccount(add, finding, event)
  return [...keys.values()]
}

type Add = (kind: JoinKind, value: string) => void

/**
 * The acting process, its parent, and the uppermost of its tree: whatever two processes of a tree have in common, they
 * have the uppermost, and the other two still hold where ancestors are missing.
 */
function addProcesses(add: Add, assetId: string, process: Process): void {
  const chain: Ancestor[] = [process, ...(process.ancestors ?? (process.parent ? [process.parent] : []))]
  const tree: Ancestor[] = []
  for (const [place, one] of chain.entries()) {
    if (sshDaemon.test(nameOf(one))) {
      // Below the listening daemon there is one daemon process per connection.
      const above = chain[place + 1]
      if (above && sshDaemon.test(nameOf(above))) add('session', `${assetId}/${one.pid}`)
      continue
    }
    if (isHub(one) || (tree.length > 0 && place !== tree.length)) break
    tree.push(one)
  }
  const uppermost = tree.at(-1)
  for (const one of [tree[0], tree[1], uppermost])
    if (one) add(services.test(nameOf(one)) ? 'service' : 'process', `${assetId}/${one.entityId}`)
}

const emptyFile = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
/** Files here come with the system or are shared by what has nothing to do with each other. */
const ordinaryPlaces =
  /^\/(?:usr|bin|sbin|lib|lib32|lib64|etc|proc|sys|dev|snap|nix|boot)(?:\/|$)|^[a-z]:\\(?:windows|program files)/i
const sharedNames =
  /(?:^|\/)(?:\.bash_history|\.bashrc|\.profile|\.ssh|authorized_keys|known_hosts)(?:\/|$)|\.(?:log|pid|sock)$|^\/var\/(?:log|run)\//

function addFiles(add: Add, finding: Finding, event: Event): void {
  const own = (path: string | undefined) => path !== undefined && !ordinaryPlaces.test(path) && !sharedNames.test(path)
  if ('file' in event) {
    const { path, hash } = event.file
    if (own(path)) add('path', `${finding.assetId}/${path}`)
    if (hash?.sha256 && hash.sha256 !== emptyFile && own(path)) add('file', hash.sha256)
  }
  const { process } = event
  const program = process?.program ?? process?.executable
  if (!process || !own(program)) return
  add('path', `${finding.assetId}/${program}`)
  if (process.hash?.sha256 && program === process.executable) add('file', process.hash.sha256)
}

const nowhere = /^(?:127\.|0\.|169\.254\.|::1?$|fe80:|::ffff:127\.)/i

/**
 * An address joins acts that are an attack in themselves: guessing, exploiting, connecting out. A logon from it is no such
 * act, however unusual: behind one address may sit a whole office. Connections between two assets join their two ends only.
 */
function addAddresses(add: Add, finding: Finding, event: Event, ownAddresses: readonly string[]): void {
  if (finding.level === 'Notice') return
  const isFar = (address: string | undefined): address is string =>
    address !== undefined && !nowhere.test(address) && !ownAddresses.includes(address)
  const guessing = finding.techniques?.some((technique) => technique.startsWith('T1110')) ?? false
  const attacking = guessing || (finding.type !== 'Unusual Logon' && finding.type !== 'Suspicious Account')
  if (isFar(finding.sourceAddress)) {
    if (attacking) add('address', finding.sourceAddress)
    for (const own of ownAddresses.slice(0, 8)) add('flow-in', `${finding.sourceAddress}>${own}`)
  }
  if (event.type !== 'network.connected' || !isFar(event.destination.address)) return
  add('address', event.destination.address)
  for (const own of ownAddresses.slice(0, 8)) add('flow-out', `${own}>${event.destination.address}`)
}

const commonAccounts =
  /^(?:root|admin|administrator|system|nobody|daemon|www-data|apache|nginx|mysql|postgres|redis|git|ubuntu|debian|ec2-user|centos|vagrant|backup|deploy|ansible)$|\$$/i

/** An account joins across assets where moving from one to the next is what the alert is about. */
function addAccount(add: Add, finding: Finding, event: Event): void {
  const { kind, value } = finding.entity
  if ((kind === 'cloud-identity' || kind === 'kubernetes-identity') && !/^system:(?!serviceaccount:)/.test(value))
    add('identity', `${finding.assetId}/${value}`)
  const moving = finding.stages.includes('Lateral Movement') || finding.type === 'Unusual Logon'
  const account = event.user?.name
  if (finding.level !== 'Notice' && moving && account && !commonAccounts.test(account)) add('account', account)
}
