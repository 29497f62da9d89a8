// A rule in, a program for the kernel out that decides it on the bytes of a line's values, as far as these tell; see
// kernel/judge.h, whose structures these are.
import {
  conjuncts,
  type Expression,
  type FieldExpression,
  type GlobTest,
  type NumberTest,
  type RegexTest,
  type TextTest,
  type ValueTest,
} from './expression.ts'
import { byteForm, isFindable } from './line-form.ts'
import { plainLiteral, textClauses } from './literal.ts'
import { type Part, star } from './pattern.ts'
import { characterSet } from './route-tables.ts'
import { onlyField, requiredRun } from './rule-guard.ts'
import type { ScanKernel } from './scan-kernel.ts'

const kinds = {
  texts: 0,
  absent: 1,
  exists: 2,
  number: 3,
  networks: 4,
  same: 5,
  run: 6,
  length: 7,
  value: 8,
  open: 9,
  count: 10,
} as const
const negated = 0x100
const holds = 1
const failed = (part: number): number => part * 4 + 2
const shapes = { contains: 0, startswith: 1, endswith: 2, equals: 3 } as const
const cased = 4
const beyond = 8
const operators = { lt: 0, lte: 1, gt: 2, gte: 3, eq: 4 } as const

/** Texts of a clause that are looked for before a pattern is left open. */
const maxGuardTexts = 64

/** A test of one field that the kernel makes. */
interface Check {
  kind: keyof typeof kinds
  field: number
  count: number
  parameters: readonly number[]
}

/** Checks joined; a leaf is one, and `open` parts stand behind those that are decided. */
type Plan =
  | { kind: 'check'; check: Check; isOpen: boolean }
  | { kind: 'not'; of: Plan; isOpen: boolean }
  | { kind: 'and' | 'or'; of: readonly Plan[]; isOpen: boolean }

/** Writes programs of the rules of one route. */
export class RulePrograms {
  private readonly kernel: ScanKernel
  private readonly fieldOf: ReadonlyMap<string, number>
  private readonly texts = new Map<string, number>()

  constructor(kernel: ScanKernel, fieldOf: ReadonlyMap<string, number>) {
    this.kernel = kernel
    this.fieldOf = fieldOf
  }

  /** Gives the place of the program. */
  write(expression: Expression): number {
    const parts = conjuncts(expression)
      .map((part) => ({ plan: this.plan(part), field: this.fieldOf.get(onlyField(part) ?? '') ?? 0 }))
      .sort((first, second) => Number(first.plan.isOpen) - Number(second.plan.isOpen))
    // a series of nothing holds
    if (parts.length === 0) return this.kernel.allocateWords([0, 0, 1, 0, holds])
    const only = parts.every(({ field }) => field === parts[0]?.field) ? (parts[0]?.field ?? 0) : 0
    const words = [0, only, parts.length]
    let next = holds
    // from the last one on: each leads to the one behind it
    for (const [part, { plan, field }] of [...parts.entries()].reverse()) {
      next = this.emit(plan, false, next, failed(part))
      words[part * 2 + 3] = field
      words[part * 2 + 4] = next
    }
    return this.kernel.allocateWords(words)
  }

  private plan(expression: Expression): Plan {
    switch (expression.kind) {
      case 'and':
        return this.series(
          'and',
          expression.of.map((part) => this.plan(part)),
        )
      case 'or':
        return this.alternatives(expression.of)
      case 'not': {
        const of = this.plan(expression.of)
        return { kind: 'not', of, isOpen: of.isOpen }
      }
      case 'field':
        return this.field(expression)
      default:
        return check('open', 0, [])
    }
  }

  private series(kind: 'and' | 'or', of: readonly Plan[]): Plan {
    const sorted = [...of].sort((first, second) => Number(first.isOpen) - Number(second.isOpen))
    return { kind, of: sorted, isOpen: sorted.some(({ isOpen }) => isOpen) }
  }

  /** Texts of one field become one check, and so do networks. */
  private alternatives(parts: readonly Expression[]): Plan {
    const together = new Map<string, Check & { parameters: number[] }>()
    const plans: Plan[] = []
    for (const part of parts) {
      const plan = this.plan(part)
      const joins = plan.kind === 'check' && (plan.check.kind === 'texts' || plan.check.kind === 'networks')
      if (!joins) {
        plans.push(plan)
        continue
      }
      const key = `${plan.check.kind} ${plan.check.field}`
      const known = together.get(key)
      if (known) {
        known.parameters.push(...plan.check.parameters)
        known.count += plan.check.count
        continue
      }
      const joined = { ...plan.check, parameters: [...plan.check.parameters] }
      together.set(key, joined)
      plans.push({ kind: 'check', check: joined, isOpen: false })
    }
    return this.series('or', plans)
  }

  private field({ paths, test }: FieldExpression): Plan {
    const fields = paths.map(({ name }) => this.fieldOf.get(name))
    const plans = fields.map((field) => (field === undefined ? check('open', 0, []) : this.value(field, test)))
    const [first] = plans
    if (first && plans.length === 1) return first
    // without a value in any, with one in some
    const isAbsence = test.kind === 'null' || (test.kind === 'exists' && !test.wanted)
    return this.series(isAbsence ? 'and' : 'or', plans)
  }

  private value(field: number, test: ValueTest): Plan {
    switch (test.kind) {
      case 'text':
        return check('texts', field, [this.text(test)])
      case 'null':
        return check('absent', field, [])
      case 'exists': {
        const plan = check('exists', field, [])
        return test.wanted ? plan : { kind: 'not', of: plan, isOpen: false }
      }
      case 'number':
        return test.part === undefined ? check('number', field, numberWords(test)) : check('value', field, [])
      case 'network':
        return check('networks', field, networkWords(test.network.bytes, test.network.bits))
      case 'fieldref': {
        const other = test.paths.length === 1 ? this.fieldOf.get(test.paths[0]?.name ?? '') : undefined
        return test.shape === 'equals' && other !== undefined
          ? check('same', field, [other, test.cased ? 1 : 0])
          : check('value', field, [])
      }
      case 'glob':
        return this.guarded(
          field,
          test,
          test.parts.reduce<number>((sum, part) => sum + leastLength(part), 0),
          [],
        )
      case 'regex': {
        const { regex } = test
        const run = regex.isCased ? requiredRun(regex.source) : undefined
        const guards = regex.marks.map(({ mark, count }) => check('count', field, [mark.charCodeAt(0), count]))
        if (run) guards.push(check('run', field, [run.length, ...characterSet(run.characters)]))
        return this.guarded(field, test, regex.minLength, guards)
      }
    }
  }

  /** A test that is left open where everything is that it demands. */
  private guarded(field: number, test: GlobTest | RegexTest, length: number, guards: readonly Plan[]): Plan {
    const texts = textClauses(test, undefined, plainLiteral)
      .filter((clause) => clause.length <= maxGuardTexts)
      .map((clause) => {
        const places = clause.map(({ shape, text }) => this.text({ kind: 'text', shape, text, cased: false }))
        return check('texts', field, places)
      })
    return this.series('and', [...texts, check('length', field, [length]), ...guards])
  }

  private text({ shape, text, cased: isCased }: TextTest): number {
    const form = isFindable(text) ? byteForm(text) : undefined
    const flags = shapes[shape] | (isCased ? cased : 0) | (form === undefined ? beyond : 0)
    const key = `${flags} ${text}`
    const known = this.texts.get(key)
    if (known !== undefined) return known
    const { kernel } = this
    const bytes = form ?? ''
    const at = kernel.allocate(16 + bytes.length)
    kernel.words[at >> 2] = bytes.length
    kernel.words[(at >> 2) + 1] = flags
    for (let index = 0; index < bytes.length; index++) kernel.bytes[at + 16 + index] = bytes.charCodeAt(index)
    this.texts.set(key, at)
    return at
  }

  /** Writes a plan and gives its first test; `yes` and `no` are where it leads. */
  private emit(plan: Plan, isNegated: boolean, yes: number, no: number): number {
    if (plan.kind === 'not') return this.emit(plan.of, !isNegated, yes, no)
    if (plan.kind === 'check') {
      const { kind, field, count, parameters } = plan.check
      const head = kinds[kind] | (isNegated ? negated : 0)
      return this.kernel.allocateWords([head, field, yes, no, count, ...parameters])
    }
    const isAll = (plan.kind === 'and') !== isNegated
    return plan.of.reduceRight(
      (next, each) => (isAll ? this.emit(each, isNegated, next, no) : this.emit(each, isNegated, yes, next)),
      isAll ? yes : no,
    )
  }
}

function check(kind: Check['kind'], field: number, parameters: readonly number[]): Plan {
  const count = kind === 'networks' ? parameters.length / 2 : parameters.length
  const isOpen = kind === 'value' || kind === 'open' || kind === 'run' || kind === 'length' || kind === 'count'
  return { kind: 'check', check: { kind, field, count, parameters }, isOpen }
}

function leastLength(part: Part): number {
  if (typeof part === 'string') return part.length
  return part === star ? 0 : 1
}

/** Operator and number, as the kernel reads them. */
function numberWords({ operator, number }: NumberTest): number[] {
  return [operators[operator], ...new Uint32Array(Float64Array.of(number).buffer)]
}

/** Bits and mask of an IPv4 network; no IPv4 address is in another one. */
function networkWords(bytes: readonly number[], bits: number): number[] {
  if (bytes.length !== 4) return []
  const address = bytes.reduce((word, byte) => word * 256 + byte, 0)
  const mask = bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0
  return [(address & mask) >>> 0, mask]
}
