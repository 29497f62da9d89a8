/** Whitelist rules: which findings people decided never to be told about. A finding goes in, the rule that takes it comes out. */
import { WhitelistIndex } from './whitelist-index.ts'
import { compileWhitelistPattern, concerns, type Whitelistable, type WhitelistRule } from './whitelist-pattern.ts'

/**
 * All rules in force, found by model and type and by what has to stand in a field, so that a finding is held against the
 * few that can take it. A rule that does not compile is left out (those that are stored did compile).
 */
export class Whitelist {
  readonly #byModel: ReadonlyMap<string, WhitelistIndex>
  readonly #byType: ReadonlyMap<string, WhitelistIndex>
  readonly #groupOf: (assetId: string) => string | null

  constructor(rules: readonly WhitelistRule[], groupOf: (assetId: string) => string | null) {
    this.#groupOf = groupOf
    const entries = rules.flatMap((rule, place) => {
      const compiled = compileWhitelistPattern(rule.conditions)
      return compiled.ok ? [{ rule, pattern: compiled.pattern, place }] : []
    })
    const indexed = (keyOf: (rule: WhitelistRule) => string | undefined) => {
      const groups = Map.groupBy(entries, ({ rule }) => keyOf(rule))
      groups.delete(undefined)
      return new Map([...groups].map(([key, group]) => [key as string, new WhitelistIndex(group)]))
    }
    this.#byModel = indexed(({ about }) => ('model' in about ? about.model : undefined))
    this.#byType = indexed(({ about }) => ('type' in about ? about.type : undefined))
  }

  /** The first rule that takes the finding at `now`, those of its model before those of its type, or null. */
  ruleOf(finding: Whitelistable, now: number): string | null {
    for (const index of [this.#byModel.get(finding.modelId), this.#byType.get(finding.type)])
      for (const { rule, pattern } of index?.candidates(finding) ?? [])
        if (
          (rule.expiresAt === null || rule.expiresAt > now) &&
          concerns(rule, finding, this.#groupOf) &&
          pattern.holds(finding)
        )
          return rule.id
    return null
  }
}
