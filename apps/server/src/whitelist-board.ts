/** Whitelist rules in force, compiled once and anew with every change. The pipeline asks it about every finding. */
import type { Database, Finding, StoredWhitelistRule, WhitelistRuleChange, WhitelistRuleDraft } from '@rampart/alert'
import { WhitelistRules } from '@rampart/alert'
import { Whitelist } from '@rampart/detection'

export class WhitelistBoard {
  readonly #rules: WhitelistRules
  readonly #database: Database
  #inForce: Whitelist

  constructor(database: Database) {
    this.#database = database
    this.#rules = new WhitelistRules(database)
    this.#inForce = this.#compile()
  }

  #compile(): Whitelist {
    const enabled = this.#rules.all().filter((rule) => rule.enabled)
    return new Whitelist(enabled, (assetId) => {
      const row = this.#database.get<{ grouped: string | null }>('SELECT grouped FROM assets WHERE id = ?', assetId)
      return row?.grouped ?? null
    })
  }

  /** The finding with the rule that takes it in, or as it is. */
  mark(finding: Finding, now: number): Finding {
    const rule = this.#inForce.ruleOf(finding, now)
    return rule === null ? finding : { ...finding, whitelistedBy: rule }
  }

  all(): StoredWhitelistRule[] {
    return this.#rules.all()
  }

  get(id: string): StoredWhitelistRule | null {
    return this.#rules.get(id)
  }

  evenDeleted(id: string): StoredWhitelistRule | null {
    return this.#rules.evenDeleted(id)
  }

  add(draft: WhitelistRuleDraft, by: string, at: number): StoredWhitelistRule {
    return this.#renewed(this.#rules.add(draft, by, at))
  }

  change(id: string, change: WhitelistRuleChange, by: string, at: number): StoredWhitelistRule | null {
    return this.#renewed(this.#rules.change(id, change, by, at))
  }

  delete(id: string, at: number): boolean {
    return this.#renewed(this.#rules.delete(id, at))
  }

  restore(id: string): StoredWhitelistRule | null {
    return this.#renewed(this.#rules.restore(id))
  }

  #renewed<T>(answer: T): T {
    this.#inForce = this.#compile()
    return answer
  }
}
