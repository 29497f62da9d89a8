/** Text of a rule.yml → a model, the rule documents for the Sigma engine, and every reason why it cannot be used. */
import type { EventType } from '@rampart/event'
import { slugOf } from '@rampart/event/vocabulary'
import type { Item, Selection, SigmaDocument } from '@rampart/sigma'
import { entityKindOf } from './entity-kind.ts'
import { hasPath } from './event-paths.ts'
import type { ModelIssue, ModelIssueCode } from './issue.ts'
import { levelOf, type Model } from './model.ts'
import { modelDocument } from './model-schema.ts'
import { eventTypesOf, fieldPath, routesOf } from './pipeline.ts'
import { type Place, readModelFile } from './read-model-file.ts'
import { readAttackTags } from './techniques.ts'

export interface ParsedModel {
  model?: Model
  /** Rules for the Sigma engine; none for an intel or novelty model without a detection. */
  documents: SigmaDocument[]
  issues: ModelIssue[]
}

/**
 * Parses one rule.yml. `path` is `models/<type>/<slug>/rule.yml` or any name; the slug is its folder.
 * With any issue there is no model. Never throws.
 */
export function parseModel(text: string, path: string): ParsedModel {
  const file = readModelFile(text, path)
  if ('code' in file) return { documents: [], issues: [file] }
  const parsed = modelDocument.safeParse(file.value)
  if (!parsed.success)
    return {
      documents: [],
      issues: parsed.error.issues.map((one) => ({
        code: 'model.invalid-field' as const,
        path,
        ...placeOnly(file.placeOf(one.path)),
        message: `${one.path.join('.') || 'document'}: ${one.message}`,
      })),
    }

  const { rampart, ...rule } = parsed.data
  const issues: ModelIssue[] = []
  const report = (code: ModelIssueCode, keys: PropertyKey[], message: string) =>
    issues.push({ code, path, ...placeOnly(file.placeOf(keys)), message })
  if (rampart.kind === 'yara' || rampart.kind === 'policy')
    report(
      'model.unsupported-kind',
      ['rampart', 'kind'],
      `kind ${rampart.kind} is not run by the detector; it belongs to the agent`,
    )
  if (rampart.kind === 'intel' && !rampart.intel)
    report('model.invalid-field', ['rampart', 'kind'], 'kind intel needs `intel: {indicator, fields}`')
  if (rampart.kind === 'novelty' && !rampart.novelty)
    report(
      'model.invalid-field',
      ['rampart', 'kind'],
      'kind novelty needs `novelty: {field, per, learnEvents, learnFor}`',
    )
  if (!file.hasRule && (rampart.kind === 'sigma' || rampart.kind === 'correlation'))
    report('model.invalid-field', ['rampart', 'kind'], `kind ${rampart.kind} needs a detection or a correlation`)

  const { techniques, tactics, unknown } = readAttackTags(rule.tags)
  for (const tag of unknown) report('model.unknown-technique', ['tags'], `${tag} is not in the ATT&CK table`)

  const routes = file.sources.flatMap((source) => routesOf(source))
  if (routes.length === 0)
    report('model.no-log-source', ['logsource'], 'the log source is in no row of docs/reference/log-sources.md')
  const requires = rampart.requires ?? eventTypesOf(routes)

  const { sigma } = file
  for (const issue of sigma.issues) if (issue.severity === 'error') issues.push(issue)
  const groupNames = new Set(
    sigma.documents.flatMap((one) => (one.kind === 'correlation' ? one.correlation.groupBy : [])),
  )

  const resolve = (name: string, keys: PropertyKey[]): string => {
    if (groupNames.has(name)) return name
    const types = requires.length > 0 ? requires : ([] as EventType[])
    const known = types.some((type) => hasPath(type, name))
    const mapped = known
      ? undefined
      : routes.map((route) => fieldPath(route, name)).find((found) => found !== undefined)
    if (!known && !mapped)
      report('model.unknown-event-field', keys, `${name} is no field of ${types.join(', ') || 'any required event'}`)
    return mapped ?? name
  }
  const entityField = resolve(typeof rampart.entity === 'string' ? rampart.entity : rampart.entity.field, [
    'rampart',
    'entity',
  ])
  const entityKind = typeof rampart.entity === 'string' ? entityKindOf(entityField) : rampart.entity.kind
  if (!entityKind)
    report('model.no-entity-kind', ['rampart', 'entity'], `state the kind: entity: {kind: …, field: ${entityField}}`)
  const dedupBy = rampart.dedupBy?.map((name) => resolve(name, ['rampart', 'dedupBy'])) ?? [entityField]
  const intel = rampart.intel && {
    ...rampart.intel,
    fields: rampart.intel.fields.map((name) => resolve(name, ['rampart', 'intel', 'fields'])),
  }
  const novelty = rampart.novelty && {
    field: resolve(rampart.novelty.field, ['rampart', 'novelty', 'field']),
    per: rampart.novelty.per.map((name) => resolve(name, ['rampart', 'novelty', 'per'])),
    learnEvents: rampart.novelty.learnEvents,
    learnMs: rampart.novelty.learnFor,
  }
  issues.push(...unknownFields(sigma.documents))
  if (issues.length > 0 || !entityKind) return { documents: [], issues }
  return {
    documents: sigma.documents,
    issues,
    model: {
      id: rule.id,
      slug: slugFromPath(path, rule.title),
      path,
      title: rule.title,
      type: rampart.type,
      ...(rampart.edition && { edition: rampart.edition }),
      stages: rampart.stages,
      techniques,
      tactics,
      level: levelOf[rule.level],
      sigmaLevel: rule.level,
      kind: rampart.kind,
      status: rule.status,
      description: rule.description.trim(),
      why: rampart.why.trim(),
      blindSpots: rampart.blindSpots.trim(),
      falsePositives: rule.falsepositives,
      triage: rampart.triage,
      advice: rampart.advice,
      references: rule.references,
      author: rule.author,
      date: rule.date,
      entity: { kind: entityKind, field: entityField },
      dedupBy,
      requires,
      ...(intel && { intel }),
      ...(novelty && { novelty }),
      text,
    },
  }
}

/** Fields that no event of the rule's log source can have: such a rule would never hold, or hold always. */
function unknownFields(documents: readonly SigmaDocument[]): ModelIssue[] {
  return documents.flatMap((document) => {
    if (document.kind !== 'rule') return []
    const routes = routesOf(document.logsource).filter((route) => !route.startsWith('windows'))
    if (routes.length === 0) return []
    return document.detection.selections
      .flatMap(({ selection }) => itemsOf(selection))
      .filter(({ field }) => field !== undefined && !routes.some((route) => fieldPath(route, field) !== undefined))
      .map(({ field, line, column }) => ({
        code: 'model.unknown-event-field' as const,
        path: document.path,
        line,
        column,
        message: `${field} is no field of ${eventTypesOf(routes).join(', ')}`,
      }))
  })
}

function itemsOf(selection: Selection): readonly Item[] {
  return selection.kind === 'all' ? selection.items : selection.alternatives.flatMap(itemsOf)
}

function slugFromPath(path: string, title: string): string {
  const folders = path.split('/')
  return (folders.length > 1 ? folders[folders.length - 2] : undefined) ?? slugOf(title)
}

function placeOnly({ line, column }: Place): Place {
  return { line, column }
}
