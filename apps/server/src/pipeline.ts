/**
 * The map of the server: what an agent saw becomes an alert that a person sees.
 * receive → archive → detect → raise → store → acknowledge → announce
 */
import type { AlertStore, Committed, Finding } from '@rampart/alert'
import type { Event } from '@rampart/event'
import type { EventArchive, EventBatch } from './archive/event-archive.ts'
import type { Arrival, Inbox } from './ingest/inbox.ts'

export interface Pipeline {
  inbox: Inbox
  archive: Pick<EventArchive, 'append'>
  /** Findings of one unit of work, in order of its events. */
  detector: { detect(batches: readonly EventBatch[]): Promise<Finding[]> }
  /** Keeps what people decided out: switched-off models and defence items. */
  policy: { raises(finding: Finding): boolean }
  /** Marks findings that a whitelist rule takes in: they are counted and raise nothing. */
  whitelist: { mark(finding: Finding, now: number): Finding }
  alerts: Pick<AlertStore, 'commit' | 'streams'>
  /** Acts on events by itself: brute-force defence. Never fails. */
  respond(events: readonly Event[]): void
  /** Tells browsers what was committed. */
  announce(committed: Committed): void
  /** Keeps what was refused; never fails. */
  setAside(arrivals: readonly Arrival[]): Promise<void>
  /** Tries again while the disk is full; the pipeline waits, nothing is acknowledged meanwhile. */
  untilStored<T>(write: () => Promise<T>): Promise<T>
  /** Called between two units of work: the detector has seen exactly what the archive holds. */
  settled(): Promise<void>
  /** Server clock, ms. */
  now(): number
}

/** Runs until the inbox is closed and empty. */
export async function run(pipeline: Pipeline): Promise<void> {
  for await (const arrivals of pipeline.inbox.receive()) {
    await pipeline.setAside(arrivals)
    const batches = arrivals.map((arrival) => arrival.batch)

    // On disk before anything is stored: from here on a crash loses nothing, and `recover` does the rest.
    const [findings] = await Promise.all([
      findingsOf(pipeline, batches),
      pipeline.untilStored(() => pipeline.archive.append(batches)),
    ])
    const acknowledged = batches.map(({ events, ...stream }) => ({ ...stream, events: events.length }))
    const work = { findings, acknowledged, at: pipeline.now() }
    const committed = await pipeline.untilStored(() => pipeline.alerts.commit(work))

    for (const arrival of arrivals) arrival.acknowledge()
    pipeline.announce(committed)
    for (const { events } of batches) pipeline.respond(events)
    await pipeline.settled()
  }
}

/**
 * At the start: shows the detector again what it saw since its last checkpoint, so that its windows are as they were,
 * and completes batches that were archived but not stored. Findings that are stored already have no effect.
 */
export async function recover(
  pipeline: Pick<Pipeline, 'detector' | 'policy' | 'whitelist' | 'alerts' | 'now'> & {
    archive: Pick<EventArchive, 'batches'>
  },
  checkpoint: { segment: number; offset: number },
): Promise<{ batches: number; completed: number }> {
  const stored = new Map<string, number>()
  for (const { source, spoolId, sequence } of await pipeline.alerts.streams())
    stored.set(`${source} ${spoolId}`, sequence)
  let batches = 0
  let completed = 0
  for await (const batch of pipeline.archive.batches(checkpoint)) {
    const { events, receivedAt: _, ...stream } = batch
    batches++
    const findings = await findingsOf(pipeline, [batch])
    const key = `${stream.source} ${stream.spoolId}`
    const isStored = stream.sequence <= (stored.get(key) ?? 0)
    if (isStored && findings.length === 0) continue
    const acknowledged = isStored ? [] : [{ ...stream, events: events.length }]
    await pipeline.alerts.commit({ findings, acknowledged, at: pipeline.now() })
    if (isStored) continue
    stored.set(key, stream.sequence)
    completed++
  }
  return { batches, completed }
}

async function findingsOf(
  { detector, policy, whitelist, now }: Pick<Pipeline, 'detector' | 'policy' | 'whitelist' | 'now'>,
  batches: readonly EventBatch[],
): Promise<Finding[]> {
  const findings = (await detector.detect(batches)).filter((finding) => policy.raises(finding))
  return findings.map((finding) => whitelist.mark(finding, now()))
}
