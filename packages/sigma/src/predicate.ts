// An expression in, a function over a frame out; equal parts of different rules share one memoised result.
import { holds, isNull, referencesHold, textHolds, valueHolds } from './evaluate.ts'
import type { Expression, FieldExpression, RegexTest, TextTest } from './expression.ts'
import type { Frame } from './frame.ts'
import { hasText } from './gram.ts'
import type { RegexClause } from './regex-literal.ts'

export type Predicate = () => boolean

/** Texts of a regular expression's clause that are looked for before it runs. */
const maxGuardTexts = 6

/** Compiles the expressions of one set of rules, which share a frame. */
export class PredicateCompiler {
  private readonly shared = new Map<string, Predicate>()
  private readonly frame: Frame
  constructor(frame: Frame) {
    this.frame = frame
  }

  compile(expression: Expression): Predicate {
    switch (expression.kind) {
      case 'not': {
        const inner = this.compile(expression.of)
        return () => !inner()
      }
      case 'and':
        return all(expression.of.map((part) => this.compile(part)))
      case 'or':
        return this.or(expression.of)
      case 'at-least':
      case 'keyword': {
        const { frame } = this
        return () => holds(expression, frame.record)
      }
      case 'field':
        return this.field(expression)
    }
  }

  /** Texts of one field are tested together; the rest one after another. */
  private or(parts: readonly Expression[]): Predicate {
    const bySlot = new Map<string, (FieldExpression & { test: TextTest })[]>()
    const others: Expression[] = []
    for (const part of parts) {
      if (isUncasedText(part)) {
        const key = part.paths[0]?.name ?? ''
        const group = bySlot.get(key)
        if (group) group.push(part)
        else bySlot.set(key, [part])
      } else others.push(part)
    }
    const predicates: Predicate[] = []
    for (const group of bySlot.values()) {
      const [first] = group
      if (group.length === 1 && first) predicates.push(this.field(first))
      else if (first) predicates.push(this.textGroup(group, first))
    }
    predicates.push(...others.map((part) => this.compile(part)))
    return any(predicates)
  }

  private textGroup(group: readonly (FieldExpression & { test: TextTest })[], first: FieldExpression): Predicate {
    const { frame } = this
    const slot = frame.slotOf(first.paths)
    const texts = (shape: string): string[] =>
      group.filter(({ test }) => test.shape === shape).map(({ test }) => test.text)
    const equals = new Set(texts('equals'))
    const starts = texts('startswith')
    const ends = texts('endswith')
    const inside = texts('contains')
    const key = JSON.stringify([slot, [...equals], starts, ends, inside])
    return this.share(key, slot, () => () => {
      const text = frame.low(slot)
      if (text === undefined) return group.some(({ test }) => frame.complexHolds(slot, test))
      if (equals.has(text)) return true
      for (let index = 0; index < ends.length; index++) if (text.endsWith(ends[index] ?? '')) return true
      for (let index = 0; index < starts.length; index++) if (text.startsWith(starts[index] ?? '')) return true
      for (let index = 0; index < inside.length; index++) if (text.includes(inside[index] ?? '')) return true
      return false
    })
  }

  private field(expression: FieldExpression): Predicate {
    const { frame } = this
    const { paths, test } = expression
    if (paths.length !== 1) return () => holds(expression, frame.record)
    const slot = frame.slotOf(paths)
    if (test.kind === 'null') return () => isNull(frame.value(slot))
    if (test.kind === 'exists') return () => (frame.value(slot) !== undefined) === test.wanted
    if (test.kind === 'text') {
      const key = JSON.stringify([slot, test.shape, test.text, test.cased])
      return this.share(key, slot, () => this.text(slot, test))
    }
    if (test.kind === 'regex')
      return this.share(JSON.stringify([slot, test.regex.key]), slot, () => this.regex(slot, test))
    if (test.kind === 'glob') {
      const key = JSON.stringify([slot, test.parts, test.cased])
      return this.share(key, slot, () => () => {
        const text = frame.text(slot)
        return text === undefined ? frame.complexHolds(slot, test) : textHolds(test, text)
      })
    }
    if (test.kind === 'fieldref') {
      if (test.paths.length !== 1) return () => holds(expression, frame.record)
      const other = frame.slotOf(test.paths)
      return () => referencesHold(test, frame.value(slot), frame.value(other))
    }
    return () => valueHolds(test, frame.value(slot), frame)
  }

  /** The expression runs only where the texts are that every match must contain. */
  private regex(slot: number, test: RegexTest): Predicate {
    const { frame } = this
    const guards = test.regex.clauses.filter((texts) => texts.length <= maxGuardTexts)
    const { regex } = test
    return () => {
      const text = frame.text(slot)
      if (text === undefined) return frame.complexHolds(slot, test)
      const low = frame.triggerLow(slot) ?? ''
      for (let index = 0; index < guards.length; index++) if (!holdsAny(low, guards[index] ?? none)) return false
      return regex.test(text)
    }
  }

  private text(slot: number, test: TextTest): Predicate {
    const { frame } = this
    const part = test.text
    const read = test.cased ? () => frame.text(slot) : () => frame.low(slot)
    const otherwise = (): boolean => frame.complexHolds(slot, test)
    switch (test.shape) {
      case 'equals':
        return () => {
          const text = read()
          return text === undefined ? otherwise() : text === part
        }
      case 'startswith':
        return () => {
          const text = read()
          return text === undefined ? otherwise() : text.startsWith(part)
        }
      case 'endswith':
        return () => {
          const text = read()
          return text === undefined ? otherwise() : text.endsWith(part)
        }
      case 'contains':
        return () => {
          const text = read()
          return text === undefined ? otherwise() : text.includes(part)
        }
    }
  }

  /** A test of one slot: made once for a text that is remembered, and once for a record otherwise. */
  private share(key: string, slot: number, make: () => Predicate): Predicate {
    const known = this.shared.get(key)
    if (known) return known
    const { frame } = this
    const memo = frame.newMemo()
    const inner = make()
    const { word, shift } = frame.newTest(slot)
    const predicate: Predicate = () => {
      const value = frame.knownValue(slot)
      if (value === undefined) return frame.memoised(memo) ?? frame.remember(memo, inner())
      const { results } = value
      const bits = word < results.length ? ((results[word] ?? 0) >> shift) & 3 : 0
      if (bits !== 0) return bits === 3
      const result = inner()
      while (results.length <= word) results.push(0)
      results[word] = (results[word] ?? 0) | ((result ? 3 : 1) << shift)
      return result
    }
    this.shared.set(key, predicate)
    return predicate
  }
}

function isUncasedText(part: Expression): part is FieldExpression & { test: TextTest } {
  return part.kind === 'field' && part.paths.length === 1 && part.test.kind === 'text' && !part.test.cased
}

const none: RegexClause = []

function holdsAny(text: string, clause: RegexClause): boolean {
  for (let index = 0; index < clause.length; index++) {
    const part = clause[index]
    if (part && hasText(part.shape, text, part.text)) return true
  }
  return false
}

function all(parts: readonly Predicate[]): Predicate {
  const [first, second, third] = parts
  if (first && parts.length === 1) return first
  if (first && second && parts.length === 2) return () => first() && second()
  if (first && second && third && parts.length === 3) return () => first() && second() && third()
  return () => {
    for (let index = 0; index < parts.length; index++) if (!parts[index]?.()) return false
    return true
  }
}

function any(parts: readonly Predicate[]): Predicate {
  const [first, second] = parts
  if (first && parts.length === 1) return first
  if (first && second && parts.length === 2) return () => first() || second()
  return () => {
    for (let index = 0; index < parts.length; index++) if (parts[index]?.()) return true
    return false
  }
}
