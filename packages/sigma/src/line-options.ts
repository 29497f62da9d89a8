// What a matcher of lines is told by its caller, and what it tells.

import type { CompiledRule } from './engine.ts'
import type { LazyRecord } from './frame.ts'
import type { MemoSize } from './kernel-layout.ts'
import type { LineDemands } from './line-demands.ts'
import type { LineRoute } from './line-route.ts'

/** How the caller reads text and chooses routes. */
export interface LineOptions {
  /**
   * The route of a record, from single fields of it and nothing else: each by the same name, literal or with dots, every time.
   * It is remembered for values that were seen, so that it is not asked for every line.
   */
  route(read: (field: string) => unknown): string
  /** What lines must be like; one that may be otherwise is not looked at, and malformed for the matcher. */
  demands?: LineDemands
  /** Further fields that the caller reads of lines, which are found in them as those of rules are. */
  reads?: readonly string[]
  /** Whether values of all other fields are found too, for the shapes of lines. */
  seesAll?: boolean
  /** Routes that have a name of their own though no rule may be theirs; all others without rules have none. */
  routes?: readonly string[]
  /** UTF-8 bytes as text. The default is the platform's TextDecoder. */
  decode?(bytes: Uint8Array, start: number, end: number, isAscii: boolean): string
  /** How many records of a route are parsed to learn from them before its lines are looked at unparsed; 64. */
  learnFrom?: number
  /** After how many lines of a route more records are learnt from, once; 65,536. */
  learnAgainAfter?: number
  /** Bounds of the memory of values that come again; other than the default for tests. */
  memo?: MemoSize
}

/** The rules that hold for one line. */
export interface LineMatch {
  route: string
  /** The rules that hold and report on their own, in the order they were loaded. */
  rules: readonly CompiledRule['rule'][]
  /** All rules that hold, for correlations. */
  hits: readonly CompiledRule[]
  /** The record, parsed when it is asked for. */
  record(): object
}

/** What was found in a line: nothing, a match, or that it is no JSON object, or not what is demanded. */
export type LineOutcome = LineMatch | 'none' | 'malformed'

/** Is told of a line that is worth telling of. */
export type LineListener = (outcome: Exclude<LineOutcome, 'none'>, start: number, end: number, line: number) => void

/**
 * Is told of lines that are what is demanded and for which nothing holds, before a listener is told of a line behind them.
 * They are numbered within their block, together with those for which something holds: from `first` up to, not with, `next`.
 */
export type PassListener = (first: number, next: number) => void

/** What the matcher needs of the rules of a route. */
export interface LineRules {
  lineRoute: LineRoute | undefined
  /** Whether lines are still learnt from. */
  isLearning: boolean
  /** Takes a record for what is known of the route. */
  learn(record: object): void
  /** Takes a line for an index that will be better; `parse` makes it a record when it is needed. The bytes are copied. */
  keep(bytes: Uint8Array, parse: (bytes: Uint8Array) => unknown): void
  /** Makes the index with the records taken so far, if there is none and there are any. */
  begin(): void
  /** The rules that hold, of those to be tried and besides those of which it is known. */
  evaluate(record: LazyRecord, rules: readonly number[], held: number[]): readonly CompiledRule[]
  match(record: object): readonly CompiledRule[]
}
