// A regular expression of a rule in, one that runs in linear time out (RE2, by re2js).
import { RE2JS } from 're2js'
import { type Program, RegexAutomaton } from './regex-automaton.ts'

/** A compiled expression that is searched for anywhere in a text. */
export interface LinearRegex {
  /** The expression as the rule has it. */
  source: string
  /** The same for expressions that match the same. */
  key: string
  test(text: string): boolean
}

export interface RegexFlags {
  ignoreCase: boolean
  multiline: boolean
  dotAll: boolean
}

/** Instructions an expression may compile to; repeat counts multiply them. */
const maxProgramSize = 20_000

export type RegexOutcome = { regex: LinearRegex } | { refused: 'syntax' | 'size'; message: string }

/** Compiles for search. Look-around and back-references are refused, since they cannot run in linear time. */
export function compileRegex(source: string, flags: RegexFlags): RegexOutcome {
  let bits = 0
  if (flags.ignoreCase) bits |= RE2JS.CASE_INSENSITIVE
  if (flags.multiline) bits |= RE2JS.MULTILINE
  if (flags.dotAll) bits |= RE2JS.DOTALL
  try {
    const compiled = RE2JS.compile(source, bits)
    const size = compiled.programSize()
    if (size > maxProgramSize) {
      const message = `the expression compiles to ${size} instructions; ${maxProgramSize} are allowed`
      return { refused: 'size', message }
    }
    let automaton: RegexAutomaton | undefined
    const test = (text: string): boolean => {
      automaton ??= new RegexAutomaton(compiled.re2Input.prog as Program)
      return automaton.test(text) ?? compiled.test(text)
    }
    return { regex: { source, key: `${bits} ${source}`, test } }
  } catch (error) {
    return {
      refused: 'syntax',
      message: error instanceof Error ? error.message.replace('error parsing regexp: ', '') : 'it cannot be read',
    }
  }
}
