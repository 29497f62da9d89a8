// Bounds on what a rule may cost, so that a hostile file is refused instead of read.

/** Bounds of reading and compiling. Every one has a default; beyond it the document is refused with a code. */
export interface SigmaLimits {
  /** Characters of one file. */
  maxTextLength: number
  /** YAML documents of one file. */
  maxDocuments: number
  /** Nesting of maps and lists. */
  maxDepth: number
  /** Nodes of one document, aliases counted as often as they are used. */
  maxNodes: number
  /** Characters of one condition. */
  maxConditionLength: number
  /** Values of one rule after modifiers and placeholders have multiplied them. */
  maxValues: number
  /** Characters of one regular expression. */
  maxRegexLength: number
}

/** Bounds that hold when none are given. */
export const defaultLimits: SigmaLimits = {
  maxTextLength: 1_000_000,
  maxDocuments: 500,
  maxDepth: 32,
  maxNodes: 50_000,
  maxConditionLength: 20_000,
  maxValues: 50_000,
  maxRegexLength: 5_000,
}
