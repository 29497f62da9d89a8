/**
 * Our own table `inet rampart`: addresses that are blocked, and the isolation of the host. It only ever drops; what other tables
 * decide stays decided. The wanted state lies on disk; the table is made from it as a whole, in one transaction, so it comes back after
 * a restart or when somebody flushed it. Times run out in the kernel, with or without us.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parseRange } from '@rampart/policy/address-range'
import type { Direction } from '../task.ts'
import { type NftResult, runNft } from './nftables.ts'

export interface Block {
  rule: string
  /** Canonical. */
  address: string
  direction: Direction
  /** Agent clock, ms; null for no end. */
  until: number | null
}

export interface Isolation {
  /** Canonical addresses that may be talked to, besides the server. */
  allow: string[]
  server: { addresses: string[]; port: number }
  /** Needed to find the server again when it is known by name. */
  resolvers: string[]
  until: number | null
}

interface Wanted {
  blocks: Block[]
  isolation: Isolation | null
}

const file = 'firewall.json'
const nothing: Wanted = { blocks: [], isolation: null }
const removal = 'table inet rampart\ndelete table inet rampart\n'

export function firewallPath(directory: string): string {
  return join(directory, file)
}

export class Firewall {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** What is wanted and not over. */
  wanted(now: number): Wanted {
    let kept: Wanted
    try {
      kept = { ...nothing, ...JSON.parse(readFileSync(firewallPath(this.#directory), 'utf8')) }
    } catch {
      return nothing
    }
    const isolation = kept.isolation !== null && isOver(kept.isolation.until, now) ? null : kept.isolation
    return { blocks: kept.blocks.filter(({ until }) => !isOver(until, now)), isolation }
  }

  /** Changes what is wanted, then the kernel; when that fails the wish is taken back. */
  change(make: (wanted: Wanted) => Wanted, now: number): NftResult {
    const before = this.wanted(now)
    const after = make(before)
    this.#keep(after)
    const result = this.#apply(after, now)
    if (!result.ok) this.#keep(before)
    return result
  }

  /** Makes the table anew when it is not as it should be. Returns what was wrong, or null. */
  check(now: number): string | null {
    const wanted = this.wanted(now)
    const listed = runNft('list table inet rampart')
    if (isEmpty(wanted)) this.#keep(wanted)
    const right = isEmpty(wanted) ? !listed.ok : listed.ok && isComplete(listed.output, wanted, now)
    if (right) return null
    const applied = this.#apply(wanted, now)
    return applied.ok ? 'the table was not as it should be and was made anew' : applied.message
  }

  #keep(wanted: Wanted): void {
    const path = firewallPath(this.#directory)
    if (isEmpty(wanted)) {
      rmSync(path, { force: true })
      return
    }
    const fd = openSync(`${path}.new`, 'w', 0o600)
    try {
      writeSync(fd, JSON.stringify(wanted))
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(`${path}.new`, path)
  }

  #apply(wanted: Wanted, now: number): NftResult {
    if (isEmpty(wanted)) return runNft(removal)
    return runNft(`${removal}${tableText(wanted, now)}`)
  }
}

/** Takes our table out of the kernel: at the end of the agent on this host. */
export function removeFirewall(directory: string): NftResult {
  rmSync(firewallPath(directory), { force: true })
  return runNft(removal)
}

/**
 * Takes our table out of the kernel and keeps what should be in it: the next check puts it back if the agent stays after all.
 * Returns why not.
 */
export function liftFirewall(directory: string): string | undefined {
  if (!existsSync(firewallPath(directory))) return undefined
  const lifted = runNft(removal)
  return lifted.ok ? undefined : lifted.message
}

const isEmpty = ({ blocks, isolation }: Wanted) => blocks.length === 0 && isolation === null
const isOver = (until: number | null, now: number) => until !== null && until <= now

const sides = ['in', 'out'] as const
const families = [4, 6] as const
const names = { 4: 'ip', 6: 'ip6' } as const
const types = { 4: 'ipv4_addr', 6: 'ipv6_addr' } as const
const halves = { 4: ['0.0.0.0/1', '128.0.0.0/1'], 6: ['::/1', '8000::/1'] } as const

/** The table as text. Exported for its test. */
export function tableText(wanted: Wanted, now: number): string {
  const lines: string[] = []
  const rules = { in: [] as string[], out: [] as string[] }
  const set = (name: string, family: 4 | 6, interval: boolean, elements: string[]) =>
    lines.push(
      `  set ${name} { type ${types[family]}; flags ${interval ? 'interval, timeout' : 'timeout'}; elements = { ${elements.join(', ')} } }`,
    )
  for (const side of sides)
    for (const family of families)
      for (const interval of [false, true]) {
        const elements = wanted.blocks
          .filter(({ direction }) => direction === side || direction === 'both')
          .map((block) => ({ range: parseRange(block.address), until: block.until }))
          .filter(({ range }) => range?.family === family && range.text.includes('/') === interval)
        if (elements.length === 0) continue
        const name = `${side}${family}${interval ? 'nets' : ''}`
        // The same address twice would be refused; the longer time counts.
        const longest = new Map<string, number | null>()
        for (const { range, until } of elements) {
          const known = longest.get(range?.text ?? '')
          const later = known === null || until === null ? null : Math.max(known ?? 0, until)
          longest.set(range?.text ?? '', later)
        }
        set(
          name,
          family,
          interval,
          withoutCovered([...longest]).map(([text, until]) => `${text}${timeout(until, now)}`),
        )
        // Connections that the other end opened, or that we opened to it: answers of the allowed direction still come.
        rules[side].push(`ct direction original ${names[family]} ${side === 'in' ? 'saddr' : 'daddr'} @${name} drop`)
      }
  const { isolation } = wanted
  if (isolation !== null) {
    for (const family of families)
      set(
        `isolated${family}`,
        family,
        true,
        halves[family].map((half) => `${half}${timeout(isolation.until, now)}`),
      )
    rules.in.push(...isolationRules(isolation, 'in'))
    rules.out.push(...isolationRules(isolation, 'out'))
  }
  const chain = (name: string, hook: string, list: string[]) =>
    `  chain ${name} {\n    type filter hook ${hook} priority -5; policy accept;\n${list.map((rule) => `    ${rule}\n`).join('')}  }`
  const isolated = isolation === null ? [] : families.map((family) => `${names[family]} daddr @isolated${family} drop`)
  return [
    'table inet rampart {',
    ...lines,
    chain('input', 'input', ['iif lo accept', ...rules.in]),
    chain('forward', 'forward', [...rules.in.filter(isBlock), ...rules.out.filter(isBlock), ...isolated]),
    chain('output', 'output', ['oif lo accept', ...rules.out]),
    '}',
    '',
  ].join('\n')
}

const isBlock = (rule: string) => rule.startsWith('ct direction original')

/** Ranges inside of others with no shorter time are left out: intervals may not overlap. */
function withoutCovered(elements: [text: string, until: number | null][]): [string, number | null][] {
  return elements.filter(([text]) => {
    const range = parseRange(text)
    return !elements.some(([other]) => {
      const outer = parseRange(other)
      if (other === text || range === undefined || outer === undefined || outer.prefix >= range.prefix) return false
      const shift = BigInt((range.family === 4 ? 32 : 128) - outer.prefix)
      return outer.family === range.family && outer.first >> shift === range.first >> shift
    })
  })
}

function isolationRules({ allow, server, resolvers }: Isolation, side: 'in' | 'out'): string[] {
  const here = side === 'in' ? 'saddr' : 'daddr'
  const port = side === 'in' ? 'sport' : 'dport'
  const rules: string[] = []
  const each = (addresses: readonly string[], rest: string) => {
    for (const address of addresses) {
      const range = parseRange(address)
      if (range !== undefined) rules.push(`${names[range.family]} ${here} ${range.text} ${rest}accept`)
    }
  }
  each(server.addresses, `tcp ${port} ${server.port} `)
  each(resolvers, `meta l4proto { tcp, udp } th ${port} 53 `)
  each(allow, '')
  // DHCP and neighbour discovery keep the host's address alive.
  rules.push(side === 'in' ? 'udp sport 67 udp dport 68 accept' : 'udp sport 68 udp dport 67 accept')
  rules.push(side === 'in' ? 'udp sport 547 udp dport 546 accept' : 'udp sport 546 udp dport 547 accept')
  rules.push('icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept')
  for (const family of families) rules.push(`${names[family]} ${here} @isolated${family} drop`)
  return rules
}

function timeout(until: number | null, now: number): string {
  return until === null ? '' : ` timeout ${Math.max(1, Math.ceil((until - now) / 1000))}s`
}

/** Whether every rule and every element is there. Listings name elements canonically; ranges by their first address. */
function isComplete(listing: string, wanted: Wanted, now: number): boolean {
  const expected = tableText(wanted, now)
  const verdicts = (text: string) => [...text.matchAll(/ (?:drop|accept)$/gm)].length
  const listed = elementsOf(listing)
  const present = [...elementsOf(expected)].every(([name, elements]) =>
    [...elements].every((element) => listed.get(name)?.has(element)),
  )
  return present && verdicts(listing) === verdicts(expected)
}

function elementsOf(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const [, name = '', body = ''] of text.matchAll(/\bset (\S+) \{[^{}]*?(?:elements = \{([^{}]*)\}|\})/g))
    found.set(name, new Set(body.split(',').map((element) => element.trim().split(/[\s/-]/, 1)[0] ?? '')))
  return found
}
