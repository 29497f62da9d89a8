// What a pipeline says, asked once for each thing: thousands of rules have the same log sources and fields.
import type { LogSource } from './document.ts'
import { type Expression, series } from './expression.ts'
import { type FieldPath, fieldPath } from './field-path.ts'
import type { Pipeline } from './pipeline.ts'

/** What is said of one log source. */
export class SourceAnswers {
  /** Its routes, each once. */
  readonly routes: readonly string[]
  private readonly logsource: LogSource
  private readonly pipeline: Pipeline
  private readonly demands = new Map<string, Expression | undefined>()

  constructor(logsource: LogSource, pipeline: Pipeline) {
    this.logsource = logsource
    this.pipeline = pipeline
    this.routes = [...new Set(pipeline.routes(logsource))]
  }

  /** What it demands of a record of the route, as an expression; undefined when it demands nothing. */
  demanded(route: string): Expression | undefined {
    const { demands } = this
    if (!demands.has(route)) demands.set(route, routeExpression(this.logsource, route, this.pipeline))
    return demands.get(route)
  }
}

/** Answers of a pipeline, kept. */
export class PipelineAnswers {
  private readonly pipeline: Pipeline
  private readonly sources = new Map<string, SourceAnswers>()
  /** By route. */
  private readonly fields = new Map<string | undefined, Map<string, readonly FieldPath[]>>()
  private readonly texts = new Map<string, Map<string, string | undefined>>()
  /** Paths by their names: equal ones are one list. */
  private readonly lists = new Map<string, readonly FieldPath[]>()

  constructor(pipeline: Pipeline) {
    this.pipeline = pipeline
  }

  source(logsource: LogSource): SourceAnswers {
    const { category, product, service, definition } = logsource
    const key = JSON.stringify([category, product, service, definition])
    let source = this.sources.get(key)
    if (!source) {
      source = new SourceAnswers(logsource, this.pipeline)
      this.sources.set(key, source)
    }
    return source
  }

  /** Where a field is in records of the route; without a route it is read by its own name. */
  paths(route: string | undefined, field: string): readonly FieldPath[] {
    const known = entry(this.fields, route)
    let paths = known.get(field)
    if (!paths) {
      const names = (route === undefined ? undefined : this.pipeline.field(route, field)) ?? [field]
      const key = names.join('\0')
      paths = this.lists.get(key) ?? names.map(fieldPath)
      this.lists.set(key, paths)
      known.set(field, paths)
    }
    return paths
  }

  /** The text that a field, named as records name it, has in every record of the route. */
  known(route: string, field: string): string | undefined {
    const { pipeline } = this
    if (!pipeline.known) return undefined
    const texts = entry(this.texts, route)
    if (!texts.has(field)) texts.set(field, pipeline.known(route, field))
    return texts.get(field)
  }
}

function entry<Key, Name, Value>(maps: Map<Key, Map<Name, Value>>, key: Key): Map<Name, Value> {
  let map = maps.get(key)
  if (!map) {
    map = new Map()
    maps.set(key, map)
  }
  return map
}

function routeExpression(logsource: LogSource, route: string, pipeline: Pipeline): Expression | undefined {
  const conditions = pipeline.condition?.(logsource, route)
  if (!conditions || conditions.length === 0) return undefined
  return series(
    'and',
    conditions.map(({ field, values }) => {
      const paths = [fieldPath(field)]
      return series(
        'or',
        values.map((value): Expression => {
          const text = String(value).toLowerCase()
          return { kind: 'field', field, paths, test: { kind: 'text', shape: 'equals', text, cased: false } }
        }),
      )
    }),
  )
}
