/** Stored alerts → the details of the API. */
import type { Alert } from '@rampart/alert'
import type { AlertDetail } from '@rampart/api'
import type { Context } from '../context.ts'
import { windowSearch } from '../evidence-keeper.ts'
import { toRow } from './alert-row.ts'
import type { AssetScope } from './asset-scope.ts'
import { entitiesOf, iso, processChain } from './process-chain.ts'
import { incidentLinkOf, relatedTo } from './related-view.ts'
import { sentenceOf } from './sentence.ts'

const evidenceMax = 50

/** Everything about one alert; null when there is none. */
export async function toDetail(context: Context, id: string, scope: AssetScope): Promise<AlertDetail | null> {
  const alert = await context.alerts.get(id)
  if (!alert) return null
  const [stored, ids, operations, history, related, incident] = await Promise.all([
    context.alerts.evidence(id),
    context.alerts.eventIds(id, evidenceMax),
    context.alerts.operations(id),
    context.alerts.history(id),
    relatedTo(context, id, scope),
    incidentLinkOf(context, id, scope),
  ])
  const model = context.detector.catalogue.get(alert.modelId)?.model
  const newestFirst = byTime(ids)
  const kept = stored.map((one) => one.event).sort(newestFirst)
  // Of an event that was too long to keep only its head is left.
  const latest = kept.find((event) => !('cut' in event))
  const evidence = (await withWindow(context, alert, kept, ids)).sort(newestFirst)
  return {
    ...toRow(alert),
    summary: latest ? `${sentenceOf(latest)}${repeats(alert, evidence.length)}` : alert.title,
    description: model?.description ?? '',
    why: model?.why ?? '',
    triage: model?.triage ?? [],
    advice: model?.advice ?? [],
    blindSpots: model?.blindSpots ?? '',
    falsePositives: model?.falsePositives ?? [],
    references: model?.references ?? [],
    matched: alert.matched,
    entities: latest ? entitiesOf(latest) : [],
    processChain: latest ? processChain(latest) : [],
    evidence,
    evidenceTotal: Math.max(alert.evidenceTotal, evidence.length),
    operations,
    history: history.map((entry) => ({
      ...entry,
      at: iso(entry.at),
      editedAt: entry.editedAt === null ? null : iso(entry.editedAt),
    })),
    related,
    incident,
  }
}

/** What one event alone does not say: a window of several, and repeats. */
function repeats(alert: Alert, events: number): string {
  const window = events > alert.count ? ` It is the last of ${events} events that belong together.` : ''
  return `${window}${alert.count > 1 ? ` Seen ${alert.count} times since ${iso(alert.firstAt)}.` : ''}`
}

/**
 * The newest first. Many logs know whole seconds only: of events with one time, those that came later are told by the order
 * in which windows have them, so that a success stands before the failures that led to it.
 */
function byTime(
  ids: readonly string[],
): (one: { id: string; at: number }, other: { id: string; at: number }) => number {
  const places = new Map(ids.map((id, place) => [id, place]))
  const placeOf = (id: string) => places.get(id) ?? places.size
  return (one, other) => other.at - one.at || placeOf(one.id) - placeOf(other.id)
}

/** What the evidence keeper has not brought (yet) comes from the archive while it has it. */
async function withWindow(
  context: Context,
  alert: Alert,
  kept: AlertDetail['evidence'],
  ids: readonly string[],
): Promise<AlertDetail['evidence']> {
  if (kept.length >= evidenceMax) return kept
  const known = new Set(kept.map((event) => event.id))
  const missing = new Set(ids.filter((id) => !known.has(id)).slice(0, evidenceMax - kept.length))
  if (missing.size === 0) return kept
  const found = await context.archive.find(
    missing,
    alert.lastAt - windowSearch.backMs,
    alert.lastAt,
    windowSearch.maxBytes,
  )
  for (const { id } of found) missing.delete(id)
  // What the log no longer holds may be in files; the details do not depend on it.
  const older = await context.search
    .byIds([...missing], { from: alert.firstAt - windowSearch.backMs, to: alert.lastAt })
    .catch(() => [])
  return [...kept, ...found, ...older]
}
