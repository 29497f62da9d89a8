// A file of placeholders in, their values out: for the modifier expand.
import { makeIssue, Refusal, type SigmaIssue } from './issue.ts'
import { defaultLimits, type SigmaLimits } from './limits.ts'
import { describe, entryOf, type Located, type LocatedMap } from './located.ts'
import { readYaml } from './read-yaml.ts'

/**
 * Reads a YAML or JSON map of placeholder names (without their percent signs), each with one value or a list of them. The map may
 * also stand below the key `vars`, as in the processing pipelines of other Sigma tools, whose other keys are left alone.
 * Never throws; with an issue there are no values.
 */
export function parsePlaceholders(
  text: string,
  path: string,
  limits: Partial<SigmaLimits> = {},
): { placeholders: Record<string, string[]>; issues: SigmaIssue[] } {
  const bounds = { ...defaultLimits, ...limits }
  const { documents, issues } = readYaml(text, path, bounds)
  const placeholders: Record<string, string[]> = Object.create(null)
  try {
    for (const document of documents)
      for (const { key, value, line, column } of mapOf(document).entries) {
        if (!/^[\w.-]{1,100}$/.test(key)) {
          const message = `"${key.slice(0, 80)}" is not the name of a placeholder`
          throw new Refusal('sigma.bad-placeholders', { line, column }, message)
        }
        placeholders[key] = valuesOf(key, value, bounds)
      }
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal
    issues.push(makeIssue(refusal.code, path, refusal.place, refusal.message))
  }
  return { placeholders: issues.length > 0 ? {} : placeholders, issues }
}

function mapOf(document: Located): LocatedMap {
  const vars = document.kind === 'map' ? entryOf(document, 'vars')?.value : undefined
  const map = vars?.kind === 'map' ? vars : document
  if (map.kind === 'map') return map
  throw new Refusal('sigma.bad-placeholders', map, `placeholders are a map of names, not ${describe(map)}`)
}

function valuesOf(name: string, node: Located, { maxValues }: SigmaLimits): string[] {
  const items = node.kind === 'list' ? node.items : [node]
  if (items.length > maxValues)
    throw new Refusal('sigma.too-many-values', node, `"${name}" has more than ${maxValues} values`)
  return items.map((item) => {
    if (item.kind === 'scalar' && item.value !== null) return typeof item.value === 'string' ? item.value : item.text
    throw new Refusal('sigma.bad-placeholders', item, `a value of "${name}" must be a text, not ${describe(item)}`)
  })
}
