// The text of a Sigma file in, its documents and everything wrong with them out.
import { expandCollection } from './collection.ts'
import type { Aggregation } from './condition.ts'
import type { Detection, Reference, SigmaCorrelation, SigmaDocument, SigmaFilter, SigmaRule } from './document.ts'
import { Refusal, type SigmaIssue } from './issue.ts'
import { defaultLimits, type SigmaLimits } from './limits.ts'
import { entryOf, type LocatedEntry, type LocatedMap } from './located.ts'
import {
  countedId,
  parseCorrelation,
  parseTimespan,
  readReferences,
  translateAggregation,
} from './parse-correlation.ts'
import { parseDetection } from './parse-detection.ts'
import { HeadReader } from './parse-head.ts'
import { readYaml } from './read-yaml.ts'

/**
 * Reads one Sigma file, which may hold several documents. Never throws: a document that cannot be used is left out and
 * has an issue of severity `error`; the others are read all the same.
 */
export function parseSigma(
  text: string,
  path: string,
  limits: Partial<SigmaLimits> = {},
): { documents: SigmaDocument[]; issues: SigmaIssue[] } {
  const bounds = { ...defaultLimits, ...limits }
  const yaml = readYaml(text, path, bounds)
  const collection = expandCollection(yaml.documents, path)
  const issues = [...yaml.issues, ...collection.issues]
  const documents: SigmaDocument[] = []
  for (const map of collection.documents) {
    const reader = new HeadReader(map, path)
    try {
      documents.push(...parseDocument(reader, map, bounds))
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal
      issues.push(reader.issue(refusal.code, refusal.place, refusal.message))
    }
    issues.push(...reader.issues)
  }
  return { documents, issues }
}

function parseDocument(reader: HeadReader, map: LocatedMap, limits: SigmaLimits): SigmaDocument[] {
  const detection = entryOf(map, 'detection')
  const correlation = entryOf(map, 'correlation')
  const filter = entryOf(map, 'filter')
  if (detection) return parseRule(reader, detection, limits)
  if (correlation) {
    const section = parseCorrelation(correlation, entryOf(map, 'generate'))
    const document: SigmaCorrelation = { kind: 'correlation', ...reader.head(), correlation: section }
    return [document]
  }
  if (filter) return [parseFilter(reader, filter, limits)]
  throw new Refusal('sigma.not-a-rule', map, 'the document has no detection, correlation or filter')
}

function parseRule(reader: HeadReader, entry: LocatedEntry, limits: SigmaLimits): SigmaDocument[] {
  const head = reader.head()
  const { detection, aggregations } = parseDetection(entry, limits, (...issue) => reader.warn(...issue))
  const rule: SigmaRule = { kind: 'rule', ...head, logsource: reader.logsource(), detection }
  const aggregation = aggregations.find((each) => each !== undefined)
  return aggregation ? splitAggregation(rule, aggregation, entry) : [rule]
}

/** A rule with an old aggregation becomes a rule of its own and a correlation that bears its id and level. */
function splitAggregation(rule: SigmaRule, aggregation: Aggregation, entry: LocatedEntry): SigmaDocument[] {
  const [condition, ...others] = rule.detection.conditions
  if (!condition || others.length > 0)
    throw new Refusal('sigma.unsupported-aggregation', rule.detection, 'an aggregation beside other conditions')
  const timeframe = entry.value.kind === 'map' ? entryOf(entry.value, 'timeframe') : undefined
  if (!timeframe)
    throw new Refusal('sigma.unsupported-aggregation', condition, 'an aggregation needs the key "timeframe"')
  const span = timeframe.value.kind === 'scalar' ? parseTimespan(timeframe.value.text) : undefined
  if (!span) throw new Refusal('sigma.bad-timespan', timeframe, 'timeframe is not a timespan')
  const text = condition.text.slice(0, condition.text.indexOf('|')).trim()
  const detection: Detection = { ...rule.detection, conditions: [{ ...condition, text }] }
  const base: SigmaRule = { ...rule, id: countedId(rule.id), name: undefined, detection, custom: {} }
  const correlation = translateAggregation(aggregation, base.id, span, condition)
  const { detection: _detection, logsource: _logsource, kind: _kind, ...head } = rule
  return [base, { kind: 'correlation', ...head, correlation }]
}

function parseFilter(reader: HeadReader, entry: LocatedEntry, limits: SigmaLimits): SigmaFilter {
  const head = reader.head()
  const { detection, aggregations } = parseDetection(entry, limits, (...issue) => reader.warn(...issue), ['rules'])
  if (aggregations.some((each) => each !== undefined))
    throw new Refusal('sigma.bad-filter', entry, 'a filter cannot count')
  const rules = entry.value.kind === 'map' ? entryOf(entry.value, 'rules') : undefined
  let references: Reference[] | undefined
  const isAny = rules?.value.kind === 'scalar' && rules.value.value === 'any'
  if (rules && !isAny) references = readReferences(rules, 'sigma.bad-filter')
  return { kind: 'filter', ...head, logsource: reader.logsource(), rules: references, detection }
}
