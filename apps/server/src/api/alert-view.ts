/** Stored alerts → the details of the API. */

import type { Alert } from '@rampart/alert'
import type { AlertDetail } from '@rampart/api'
import type { Event } from '@rampart/event'
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
    summary: latest ? `${sentenceOf(latest)}${repeats(alert, evidence as unknown as Event[])}` : alert.title,
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

/** Kinds of earlier events that a summary names. */
const earlierNamed = 2

/** What one event alone does not say: the window of events that belong together, of what they were, and repeats. */
export function repeats(alert: Pick<Alert, 'count' | 'firstAt'>, newestFirst: readonly Event[]): string {
  const seen = alert.count > 1 ? ` Seen ${alert.count} times since ${iso(alert.firstAt)}.` : ''
  const [latest, ...earlier] = newestFirst.filter((event) => !('cut' in event))
  const first = earlier.at(-1)
  if (newestFirst.length <= alert.count || !latest || !first) return seen
  const span = duration(latest.at - first.at)
  // A window of different kinds of events is explained by the others; one of many alike by their number.
  const others = [...new Map(earlier.filter(({ type }) => type !== latest.type).map((event) => [event.type, event]))]
    .slice(0, earlierNamed)
    .map(([, event]) => sentenceOf(event))
  const before = others.length > 0 ? ` Before that: ${others.join(' ')}` : ''
  return ` It is the last of ${newestFirst.length} events within ${span} that belong together.${before}${seen}`
}

function duration(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  const [amount, unit] =
    seconds < 120
      ? [seconds, 'second']
      : seconds < 7200
        ? [Math.round(seconds / 60), 'minute']
        : [Math.round(seconds / 3600), 'hour']
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`
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
