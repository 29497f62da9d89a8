// The routes of lines by number, and what the kernel learns of choosing them: the values that were read for it, in order.

import { leaf, noRules } from './kernel-layout.ts'
import type { LineOptions, LineRules } from './line-options.ts'
import type { ScanKernel } from './scan-kernel.ts'

/** So many choices are learnt, and a share of the lines: where more are not known, the values do not repeat. */
const trialLength = 4_096
const worthwhileShare = 0.1

export class LineRoutes {
  readonly names: string[] = []
  /** Undefined for a route without rules. */
  readonly rules: (LineRules | undefined)[] = []
  private readonly kernel: ScanKernel
  private readonly fieldOf: ReadonlyMap<string, number>
  private readonly options: LineOptions
  private readonly numbers = new Map<string, number>()
  private readonly byName: ReadonlyMap<string, LineRules>
  /** The number of all routes that have no rules and no name. */
  readonly unnamed: number
  private states = 0
  private root: number | undefined
  private chosen = 0

  constructor(
    kernel: ScanKernel,
    fieldOf: ReadonlyMap<string, number>,
    byName: ReadonlyMap<string, LineRules>,
    options: LineOptions,
  ) {
    this.kernel = kernel
    this.fieldOf = fieldOf
    this.byName = byName
    this.options = options
    for (const [name, rules] of byName) this.add(name, rules)
    for (const name of new Set(options.routes)) if (!byName.has(name)) this.add(name, undefined)
    // all others are one for the kernel
    this.unnamed = this.names.length
    kernel.setRoute(this.unnamed, noRules)
    this.names.push('')
    this.rules.push(undefined)
  }

  numberOf(name: string): number {
    return this.numbers.get(name) ?? this.unnamed
  }

  private add(name: string, rules: LineRules | undefined): void {
    if (rules === undefined) this.kernel.setRoute(this.names.length, noRules)
    this.numbers.set(name, this.names.length)
    this.names.push(name)
    this.rules.push(rules)
  }

  of(name: string): LineRules | undefined {
    return this.byName.get(name)
  }

  /** The number of the present line's route, which the kernel did not know; `lines` were seen so far. */
  choose(read: (name: string) => unknown, lines: number): number {
    const fields: (number | undefined)[] = []
    const name = this.options.route((field) => {
      const number = this.fieldOf.get(field)
      if (!fields.includes(number)) fields.push(number)
      return read(field)
    })
    const number = this.numberOf(name)
    if (++this.chosen < trialLength + lines * worthwhileShare) this.learn(fields, number)
    return number
  }

  private learn(fields: readonly (number | undefined)[], route: number): void {
    const { kernel } = this
    const [first] = fields
    if (first === undefined || fields.includes(undefined)) return
    if (this.root === undefined) {
      this.root = first
      kernel.setRoot(first)
    }
    let state = 0
    for (const [index, field] of fields.entries()) {
      const next = fields[index + 1]
      const target = next === undefined ? route : ++this.states
      state = kernel.functions.turn(kernel.line, state, field ?? 0, target, next ?? leaf)
    }
  }
}
