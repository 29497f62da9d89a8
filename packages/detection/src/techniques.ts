/** The ATT&CK technique table: id → name and tactics. */
import { tacticRows, techniqueLines } from './techniques-data.ts'

export interface Tactic {
  /** As in Sigma tags: `credential-access`. */
  slug: string
  id: string
  name: string
}

export interface Technique {
  /** `T1059` or `T1059.004`. */
  id: string
  name: string
  /** Slugs, in the order of the matrix. */
  tactics: string[]
}

/** Tactics in the order of the ATT&CK matrix. */
export const tactics: readonly Tactic[] = tacticRows.map(([slug, id, name]) => ({ slug, id, name }))

/** Every technique and sub-technique of ATT&CK Enterprise by id. */
export const techniques: ReadonlyMap<string, Technique> = new Map(
  techniqueLines
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', name = '', rows = ''] = line.split('\t')
      const slugs = rows.split(',').map((row) => tactics[Number(row)]?.slug ?? '')
      return [id, { id, name, tactics: slugs.filter((slug) => slug !== '') }]
    }),
)

/**
 * Reads the `attack.*` tags of a Sigma rule: technique ids (`attack.t1059.004`) in upper case, and tactic slugs
 * (`attack.defense_evasion` and `attack.defense-evasion` alike). Tags of other name spaces are left out.
 */
export function readAttackTags(tags: readonly string[]): {
  techniques: string[]
  tactics: string[]
  unknown: string[]
} {
  const found = { techniques: [] as string[], tactics: [] as string[], unknown: [] as string[] }
  for (const tag of tags) {
    const [space, ...rest] = tag.toLowerCase().split('.')
    if (space !== 'attack') continue
    const value = rest.join('.')
    const slug = value.replaceAll('_', '-')
    if (/^t\d{4}(\.\d{3})?$/.test(value)) {
      const id = value.toUpperCase()
      if (techniques.has(id)) found.techniques.push(id)
      else found.unknown.push(tag)
    } else if (tactics.some((tactic) => tactic.slug === slug)) found.tactics.push(slug)
    else if (!/^[gsc]\d{4}$/.test(value)) found.unknown.push(tag)
  }
  return found
}
