// A document, a route and a record in; which part of the condition held and which did not out, as a tree.
import { compileSelection, itemContext, namesOf } from './compile-rule.ts'
import type { Condition } from './condition.ts'
import type { ConditionText, Detection, Item, NamedSelection, Selection, SigmaDocument } from './document.ts'
import { holds } from './evaluate.ts'
import type { FieldExpression } from './expression.ts'
import { readPath, textOf } from './field-path.ts'
import { Refusal } from './issue.ts'
import { defaultLimits } from './limits.ts'
import { compileItem } from './modifier.ts'
import type { ItemContext } from './modifier-state.ts'
import type { Pipeline } from './pipeline.ts'
import { PipelineAnswers } from './pipeline-answers.ts'

/** One part of a rule: what it is, whether it held, and for a field the value the record has. */
export interface ExplainNode {
  label: string
  held: boolean
  /** The field's value in the record as text; undefined when it has none or the part is no field. */
  seen?: string
  /** Why the part could not be evaluated. */
  problem?: string
  children: ExplainNode[]
}

/** What explainSigma may be told beside the record. */
export interface ExplainOptions {
  /** Values of `%name%` for the modifier expand. */
  placeholders?: Readonly<Record<string, readonly string[]>>
}

/** Explains a rule or a filter for one record. A correlation is not a matter of one record; it says so. */
export function explainSigma(
  document: SigmaDocument,
  pipeline: Pipeline,
  route: string,
  record: object,
  options: ExplainOptions = {},
): ExplainNode {
  if (document.kind === 'correlation') {
    const { type, rules } = document.correlation
    const problem = `a correlation (${type}) of ${rules.map(({ to }) => to).join(', ')}: explain those rules`
    return { label: document.title, held: false, problem, children: [] }
  }
  const answers = new PipelineAnswers(pipeline)
  const context = { limits: defaultLimits, placeholders: options.placeholders ?? {}, answers }
  const explainer = new Explainer(document.detection, itemContext(context, route), record)
  const children: ExplainNode[] = []
  const logsource = answers.source(document.logsource)
  const demanded = logsource.demanded(route)
  const { category, product, service } = document.logsource
  const source = [product, category, service].filter((part) => part !== undefined).join('/')
  const isRouted = logsource.routes.includes(route)
  children.push({
    label: `log source ${source} reads ${route}`,
    held: isRouted && (!demanded || holds(demanded, record)),
    children: [],
  })
  const conditions = document.detection.conditions.map((condition) => explainer.condition(condition))
  const [only] = conditions
  if (conditions.length === 1 && only) children.push(only)
  else
    children.push({ label: 'one of the conditions', held: conditions.some(({ held }) => held), children: conditions })
  return { label: document.title, held: children.every(({ held }) => held), children }
}

class Explainer {
  private readonly detection: Detection
  private readonly items: ItemContext
  private readonly record: object
  constructor(detection: Detection, items: ItemContext, record: object) {
    this.detection = detection
    this.items = items
    this.record = record
  }

  condition({ text, condition }: ConditionText): ExplainNode {
    const label = `condition: ${text.replace(/\s+/g, ' ').trim()}`
    const inner = this.part(condition)
    return { label, held: inner.held, children: [inner] }
  }

  private part(condition: Condition): ExplainNode {
    switch (condition.kind) {
      case 'name':
        return this.named(condition.name)
      case 'not': {
        const inner = this.part(condition.of)
        return { label: 'not', held: !inner.held, children: [inner] }
      }
      case 'and':
      case 'or': {
        const children = condition.of.map((each) => this.part(each))
        const held = condition.kind === 'and' ? children.every((each) => each.held) : children.some((each) => each.held)
        return { label: condition.kind, held, children }
      }
      case 'of': {
        const children = namesOf(condition.pattern, this.detection.selections).map((name) => this.named(name))
        const count = children.filter((each) => each.held).length
        const wanted =
          condition.quantity === 'all' ? children.length : condition.quantity === 'any' ? 1 : condition.quantity
        const word = condition.quantity === 'any' ? '1' : String(condition.quantity)
        return { label: `${word} of ${condition.pattern}`, held: children.length > 0 && count >= wanted, children }
      }
    }
  }

  private named(name: string): ExplainNode {
    const found = this.detection.selections.find((each: NamedSelection) => each.name === name)
    if (!found) return { label: name, held: false, problem: 'no such search identifier', children: [] }
    return this.selection(found.selection, name)
  }

  private selection(selection: Selection, label: string): ExplainNode {
    const children =
      selection.kind === 'all'
        ? selection.items.map((item) => this.item(item))
        : selection.alternatives.map((each, index) => this.selection(each, `alternative ${index + 1}`))
    let held = false
    try {
      held = holds(compileSelection(selection, this.items), this.record)
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
    }
    return { label, held, children }
  }

  private item(item: Item): ExplainNode {
    const values = item.values.map(({ value }) => (value === null ? 'null' : JSON.stringify(value)))
    const shown = values.length > 5 ? [...values.slice(0, 5), `… ${values.length - 5} more`] : values
    const name = [item.field ?? 'keywords', ...item.modifiers].join('|')
    const label = `${name}: ${shown.join(item.modifiers.includes('all') ? ' and ' : ' or ')}`
    try {
      const expression = compileItem(item, this.items)
      const held = holds(expression, this.record)
      const children = item.values.length > 1 ? this.eachValue(item) : []
      const node: ExplainNode = { label, held, children }
      if (item.field !== undefined) {
        const paths: FieldExpression['paths'] = this.items.paths(item.field)
        for (const path of paths) {
          const value = readPath(this.record, path)
          const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : textOf(value)
          if (text !== undefined) node.seen = text.length > 500 ? `${text.slice(0, 500)}…` : text
        }
      }
      return node
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      return { label, held: false, problem: `${refusal.code} ${refusal.message}`, children: [] }
    }
  }

  /** The values that held, so that a long list says which of its values it was. */
  private eachValue(item: Item): ExplainNode[] {
    return item.values
      .map((value) => {
        const single: Item = { ...item, values: [value], modifiers: item.modifiers.filter((each) => each !== 'neq') }
        return {
          label: JSON.stringify(value.value),
          held: holds(compileItem(single, this.items), this.record),
          children: [],
        }
      })
      .filter((node) => node.held || item.modifiers.includes('all'))
  }
}

/** The tree as indented lines: `+` held, `-` did not. */
export function formatExplanation(node: ExplainNode, depth = 0): string {
  const seen = node.seen === undefined ? '' : `  (record: ${JSON.stringify(node.seen)})`
  const problem = node.problem === undefined ? '' : `  [${node.problem}]`
  const line = `${'  '.repeat(depth)}${node.held ? '+' : '-'} ${oneLine(node.label)}${seen}${oneLine(problem)}`
  return [line, ...node.children.map((child) => formatExplanation(child, depth + 1))].join('\n')
}

/** A rule's own line breaks would look like lines of the tree. */
function oneLine(text: string): string {
  return text.replace(/[\n\r]/g, (character) => (character === '\n' ? '\\n' : '\\r'))
}
