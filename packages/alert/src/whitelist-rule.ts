/** Whitelist rules as they are stored: what a rule takes, who made it and why, how often it took something. */
import type { WhitelistPattern, WhitelistRule } from '@rampart/detection'

export interface StoredWhitelistRule extends WhitelistRule {
  reason: string
  /** The alert that it was made from. */
  alertId: string | null
  madeBy: string
  madeAt: number
  changedBy: string | null
  changedAt: number | null
  enabled: boolean
  /** Findings that it took in, each counted once, and the time of the latest. */
  hits: number
  lastHitAt: number | null
}

export interface WhitelistRuleDraft extends WhitelistPattern {
  reason: string
  expiresAt: number | null
  alertId: string | null
}

/** What of a rule is changed; what is left out stays. */
export type WhitelistRuleChange = Partial<Omit<WhitelistRuleDraft, 'alertId'> & { enabled: boolean }>
