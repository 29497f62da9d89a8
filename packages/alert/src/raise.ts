/** Finding → what the store does with it: the identity of the alert, its search text and its links. Pure. */
import { createHash } from 'node:crypto'
import type { AlertState, Event } from '@rampart/event'
import type { Finding } from './finding.ts'
import { isOpen } from './life-cycle.ts'

/** Evidence events kept per alert: the first one and the latest of the others. */
export const evidenceLimit = 50

/** What becomes of a finding, given the latest alert of its aggregation key. `absorb`: counted there, nothing opens. */
export type Verdict = 'open' | 'join' | 'absorb'

/**
 * A repeat joins an open alert; one that is whitelisted, or closed with `defend without notification`, absorbs it; what
 * was blocked again joins the alert that says so; after any other state a new alert opens.
 */
export function verdict(
  latest: { state: AlertState; silent?: boolean } | null,
  finding: { autoBlocked?: boolean } = {},
): Verdict {
  if (latest === null) return 'open'
  if (isOpen(latest.state)) return 'join'
  if (latest.state === 'whitelisted' || latest.silent) return 'absorb'
  return latest.state === 'auto-blocked' && finding.autoBlocked ? 'join' : 'open'
}

/** Id of the alert that a finding opens: the same finding always opens the same alert. */
export function alertIdOf(finding: Pick<Finding, 'aggregationKey' | 'id'>): string {
  const digest = createHash('sha256').update(finding.aggregationKey).update('\0').update(finding.id).digest('hex')
  return `al-${digest.slice(0, 24)}`
}

/** Text in which the words of a search are looked for, lower-case, at most 4096 characters. */
export function searchTextOf(finding: Finding): string {
  return [finding.title, finding.entity.value, finding.sourceAddress ?? ''].join('\n').toLowerCase().slice(0, 4096)
}

/** What joins alerts of one asset. */
export interface Link {
  kind: 'process' | 'address' | 'account'
  value: string
}

const ancestorsLinked = 3

/**
 * Links of an alert to others: the acting process and its nearest ancestors (never pid 1 or 2), the source address,
 * the account (never root, which would join everything).
 */
export function linksOf(finding: Finding): Link[] {
  const event: Event = finding.evidence
  const links: Link[] = []
  if (event.process) {
    const chain = [event.process, ...(event.process.ancestors ?? []).slice(0, ancestorsLinked)]
    for (const process of chain) if (process.pid > 2) links.push({ kind: 'process', value: process.entityId })
  }
  if (finding.sourceAddress) links.push({ kind: 'address', value: finding.sourceAddress })
  const account = event.user?.name ?? event.process?.user?.name
  if (account && account !== 'root') links.push({ kind: 'account', value: account })
  return links
}

/** By what alerts of all assets are similar, besides their type. */
export interface Trait {
  kind: 'hash' | 'address' | 'url'
  value: string
}

const traitLength = 2048

/** The file contents, remote addresses and URLs that a finding names; loopback addresses join nothing. */
export function traitsOf(finding: Finding): Trait[] {
  const event: Event = finding.evidence
  const traits: Trait[] = []
  const add = (kind: Trait['kind'], value: string | undefined) => {
    if (value === undefined || value === '' || value.length > traitLength) return
    if (!traits.some((trait) => trait.kind === kind && trait.value === value)) traits.push({ kind, value })
  }
  if ('file' in event) add('hash', event.file.hash?.sha256)
  else add('hash', event.process?.hash?.sha256)
  add('address', remote(finding.sourceAddress))
  if (event.type === 'network.connected') add('address', remote(event.destination?.address))
  if (finding.entity.kind === 'address') add('address', remote(finding.entity.value))
  if (event.type === 'web.requested') add('url', event.web.url)
  if (finding.entity.kind === 'url') add('url', finding.entity.value)
  return traits
}

function remote(address: string | undefined): string | undefined {
  return address === undefined || address.startsWith('127.') || address === '::1' ? undefined : address
}
