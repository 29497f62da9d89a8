// A checked rule in, what an engine asks of it out: the fields it reads at once, expressions when records of a route come.
import { compileDetection, itemContext, type RuleContext } from './compile-rule.ts'
import { holdsOfNothing } from './condition.ts'
import type { Detection, Selection, SigmaFilter, SigmaRule } from './document.ts'
import type { CompiledRule } from './engine.ts'
import type { Expression } from './expression.ts'
import { fieldNames } from './field-names.ts'
import { compileItem } from './modifier.ts'
import type { ItemContext } from './modifier-state.ts'
import type { SourceAnswers } from './pipeline-answers.ts'
import { simplify } from './simplify.ts'

/** A rule and the filters that concern it, all of which compile. */
export class RoutedRule implements CompiledRule {
  readonly rule: SigmaRule
  readonly parents: CompiledRule['parents'] = []
  reports = true
  index = 0
  private readonly context: RuleContext
  private readonly source: SourceAnswers
  private readonly filters: readonly SigmaFilter[]
  private readonly made: ItemContext['made']

  /** `made` holds items that were compiled to check them. */
  constructor(
    rule: SigmaRule,
    source: SourceAnswers,
    filters: readonly SigmaFilter[],
    context: RuleContext,
    made: ItemContext['made'],
  ) {
    this.rule = rule
    this.source = source
    this.filters = filters
    this.context = context
    this.made = made
  }

  get routes(): readonly string[] {
    return this.source.routes
  }

  expressionOf(route: string): Expression | undefined {
    const { rule, source, filters, context } = this
    const { answers } = context
    const items = itemContext(context, route, this.made)
    const parts = [compileDetection(rule.detection, items)]
    for (const { detection } of filters) {
      const made = compileDetection(detection, items)
      // one that holds for what it does not know says what to keep, any other what to leave out
      const keeps = detection.conditions.some(({ condition }) => holdsOfNothing(condition))
      parts.push(keeps ? made : { kind: 'not', of: made })
    }
    const demanded = source.demanded(route)
    if (demanded) parts.unshift(demanded)
    const [only] = parts
    const expression: Expression = parts.length === 1 && only ? only : { kind: 'and', of: parts }
    const simple = simplify(expression, (field) => answers.known(route, field))
    if (simple === true) return { kind: 'and', of: [] }
    return simple === false ? undefined : simple
  }

  addFields(route: string, names: Set<string>): void {
    const { answers } = this.context
    const addItems = (selection: Selection): void => {
      if (selection.kind === 'any') for (const each of selection.alternatives) addItems(each)
      else
        for (const item of selection.items) {
          if (item.field === undefined) continue
          for (const { name } of answers.paths(route, item.field)) names.add(name)
          if (item.modifiers.includes('fieldref'))
            for (const name of fieldNames([compileItem(item, itemContext(this.context, route))])) names.add(name)
        }
    }
    for (const { selections } of this.detections()) for (const { selection } of selections) addItems(selection)
    const demanded = this.source.demanded(route)
    if (demanded) for (const name of fieldNames([demanded])) names.add(name)
  }

  get hasKeyword(): boolean {
    return this.detections().some(({ selections }) => selections.some(({ selection }) => hasKeyword(selection)))
  }

  private detections(): Detection[] {
    return [this.rule.detection, ...this.filters.map(({ detection }) => detection)]
  }
}

function hasKeyword(selection: Selection): boolean {
  if (selection.kind === 'any') return selection.alternatives.some(hasKeyword)
  return selection.items.some(({ field }) => field === undefined)
}
