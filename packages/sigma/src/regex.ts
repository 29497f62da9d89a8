// A regular expression of a rule in, one that runs in linear time out (RE2, by re2js).
import { RE2JS } from 're2js'
import { type Program, RegexAutomaton } from './regex-automaton.ts'
import { isSurelyRegex } from './regex-check.ts'
import { repeatedMarks, shortestText } from './regex-length.ts'
import { type RegexClause, regexClauses } from './regex-literal.ts'

/** A compiled expression that is searched for anywhere in a text. */
export interface LinearRegex {
  /** The expression as the rule has it. */
  source: string
  /** Of each of these one text stands in every text that it is found in. */
  readonly clauses: readonly RegexClause[]
  /** The same for expressions that match the same. */
  key: string
  /** Characters that a text has at least in which it is found. */
  readonly minLength: number
  /** How often single marks stand at least in a text in which it is found, of those that do so more than once. */
  readonly marks: readonly { mark: string; count: number }[]
  /** Whether it tells upper from lower case. */
  isCased: boolean
  test(text: string): boolean
}

export interface RegexFlags {
  ignoreCase: boolean
  multiline: boolean
  dotAll: boolean
}

/** Instructions an expression may compile to; repeat counts multiply them. */
const maxProgramSize = 20_000

/** What is derived from the expression is made when it is first asked for. */
class CompiledRegex implements LinearRegex {
  readonly source: string
  readonly key: string
  readonly isCased: boolean
  private readonly flags: RegexFlags
  private made: RE2JS | undefined
  private automaton: RegexAutomaton | undefined
  private demanded: readonly RegexClause[] | undefined
  private least: number | undefined
  private repeated: readonly { mark: string; count: number }[] | undefined

  /** Without `compiled` the expression must be one that surely compiles. */
  constructor(source: string, flags: RegexFlags, compiled: RE2JS | undefined) {
    this.source = source
    this.flags = flags
    this.isCased = !flags.ignoreCase
    this.key = `${bitsOf(flags)} ${source}`
    this.made = compiled
  }

  get clauses(): readonly RegexClause[] {
    this.demanded ??= regexClauses(this.source, this.flags)
    return this.demanded
  }

  get minLength(): number {
    this.least ??= shortestText(this.compiled.re2Input.prog as Program)
    return this.least
  }

  get marks(): readonly { mark: string; count: number }[] {
    this.repeated ??= repeatedMarks(this.compiled.re2Input.prog as Program)
    return this.repeated
  }

  private get compiled(): RE2JS {
    this.made ??= RE2JS.compile(this.source, bitsOf(this.flags))
    return this.made
  }

  test(text: string): boolean {
    this.automaton ??= new RegexAutomaton(this.compiled.re2Input.prog as Program)
    return this.automaton.test(text) ?? this.compiled.test(text)
  }
}

export type RegexOutcome = { regex: LinearRegex } | { refused: 'syntax' | 'size'; message: string }

/** Compiles for search. Look-around and back-references are refused, since they cannot run in linear time. */
export function compileRegex(source: string, flags: RegexFlags): RegexOutcome {
  // most expressions of rules are never looked for, because their literals are nowhere
  if (isSurelyRegex(source)) return { regex: new CompiledRegex(source, flags, undefined) }
  try {
    const compiled = RE2JS.compile(source, bitsOf(flags))
    const size = compiled.programSize()
    if (size > maxProgramSize) {
      const message = `the expression compiles to ${size} instructions; ${maxProgramSize} are allowed`
      return { refused: 'size', message }
    }
    return { regex: new CompiledRegex(source, flags, compiled) }
  } catch (error) {
    const message = error instanceof Error ? error.message.replace('error parsing regexp: ', '') : 'it cannot be read'
    return { refused: tooLarge.test(message) && !backwards(message) ? 'size' : 'syntax', message }
  }
}

function bitsOf({ ignoreCase, multiline, dotAll }: RegexFlags): number {
  let bits = 0
  if (ignoreCase) bits |= RE2JS.CASE_INSENSITIVE
  if (multiline) bits |= RE2JS.MULTILINE
  if (dotAll) bits |= RE2JS.DOTALL
  return bits
}

/** What RE2 says of repeat counts above 1,000, alone or multiplied, and of deep nesting. */
const tooLarge = /^(?:invalid repeat count|expression nests too deeply)/

/** Whether the repeat count is one from more to less. */
function backwards(message: string): boolean {
  const [, least = '', most = ''] = /\{(\d+),(\d+)\}/.exec(message) ?? []
  return most !== '' && Number(least) > Number(most)
}
