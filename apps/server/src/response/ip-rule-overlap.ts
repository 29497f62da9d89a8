/** Rules in force → which of them block all, or a part, of what another rule does. */
import { type AddressRange, overlaps, parseRange } from '@rampart/policy'
import type { IpRule } from './ip-rule-store.ts'

export type Blocked = Pick<IpRule, 'address' | 'direction' | 'assets'>

/** The rule that blocks all of what is asked for already; of several the one that lasts longest. */
export function coveringRule(inForce: readonly IpRule[], { address, direction, assets }: Blocked): IpRule | null {
  const text = parseRange(address)?.text
  const [longest = null] = inForce
    .filter(
      (one) =>
        one.address === text &&
        (one.direction === 'both' || one.direction === direction) &&
        (one.assets === null || assets?.every((id) => one.assets?.includes(id))),
    )
    .sort((one, other) => endOf(other) - endOf(one))
  return longest
}

/**
 * Other rules that block a part of the same, the same way, on one of the same assets. Prepared once for many questions: of
 * thousands of rules most block one address each, which are looked up, and only ranges are compared.
 */
export function rulesBeside(inForce: readonly IpRule[]): (rule: Blocked & Pick<IpRule, 'id'>) => IpRule[] {
  const all = inForce.flatMap((rule) => {
    const range = parseRange(rule.address)
    return range === undefined ? [] : [{ rule, range }]
  })
  const single = Map.groupBy(
    all.filter(({ range }) => isSingle(range)),
    ({ range }) => range.text,
  )
  const wide = all.filter(({ range }) => !isSingle(range))
  return (rule) => {
    const range = parseRange(rule.address)
    if (range === undefined) return []
    const compared = isSingle(range) ? wide : all
    return [
      ...(isSingle(range) ? (single.get(range.text) ?? []) : []),
      ...compared.filter((one) => overlaps(range, one.range)),
    ]
      .map((one) => one.rule)
      .filter(
        (one) =>
          one.id !== rule.id &&
          (one.direction === 'both' || rule.direction === 'both' || one.direction === rule.direction) &&
          (one.assets === null || rule.assets === null || one.assets.some((id) => rule.assets?.includes(id))),
      )
      .sort((one, other) => (one.id < other.id ? -1 : 1))
  }
}

/** In ms since the epoch; without an end later than all. */
export const endOf = ({ expiresAt }: Pick<IpRule, 'expiresAt'>) => expiresAt ?? Number.POSITIVE_INFINITY

const isSingle = ({ family, prefix }: AddressRange) => prefix === (family === 4 ? 32 : 128)
