/** Detectors side by side, each with the events of its assets: which models that leaves right, and which state is whose. */
import type { SigmaDocument } from '@rampart/sigma'
import type { DetectorState } from './detector.ts'

const assetField = 'asset.id'

/**
 * Whether a model needs the events of all assets together: a correlation that does not group by asset. What novelty models
 * learn is kept by asset anyway, and other models look at one event.
 */
export function spansAssets(documents: readonly SigmaDocument[]): boolean {
  return documents.some((document) => document.kind === 'correlation' && assetPlace(document) === undefined)
}

/** Where the asset stands among the values of a correlation's groups, and how many there are. */
export interface AssetPlace {
  index: number
  of: number
}

/** Undefined when groups span assets. */
export function assetPlace(document: SigmaDocument & { kind: 'correlation' }): AssetPlace | undefined {
  const { groupBy, aliases } = document.correlation
  const index = Object.hasOwn(aliases, assetField) ? -1 : groupBy.indexOf(assetField)
  return index < 0 ? undefined : { index, of: groupBy.length }
}

/** The part of a state that concerns some assets. What does not say whose it is stays in: it takes room and changes nothing. */
export function partOfState(
  state: DetectorState,
  places: ReadonlyMap<string, AssetPlace>,
  isMine: (assetId: string) => boolean,
): DetectorState {
  const keep = (assetId: string | undefined) => assetId === undefined || isMine(assetId)
  const correlations = state.engine.correlations.map((saved) => {
    const place = places.get(saved.id)
    if (!place) return saved
    return { ...saved, groups: saved.groups.filter(({ key }) => keep(assetOfKey(key, place))) }
  })
  const novelty = Object.entries(state.novelty).map(([model, groups]) => [
    model,
    groups.filter(([key]) => keep(assetOfKey(key, { index: 0, of: 2 }))),
  ])
  return {
    version: 1,
    engine: { ...state.engine, correlations },
    novelty: Object.fromEntries(novelty),
    clocks: state.clocks.filter(([assetId]) => isMine(assetId)),
  }
}

function assetOfKey(key: string | null, { index, of }: AssetPlace): string | undefined {
  if (of === 1) return key ?? undefined
  // a novelty key that is too long is kept as its digest, which tells nothing
  if (!key?.startsWith('[')) return undefined
  const value: unknown = (JSON.parse(key) as unknown[])[index]
  return typeof value === 'string' ? value : undefined
}

/** States of detectors side by side as one. Where two hold the same group, the one with the later events is taken. */
export function joinStates(states: readonly DetectorState[]): DetectorState {
  const [first, ...others] = states
  if (!first || others.length === 0) return first ?? emptyState
  const correlations = new Map<string, Map<string | null, SavedGroup>>()
  const novelty = new Map<string, Map<string, DetectorState['novelty'][string][number]>>()
  const clocks = new Map<string, number>()
  for (const state of states) {
    for (const { id, groups } of state.engine.correlations) {
      const joined = correlations.get(id) ?? new Map<string | null, SavedGroup>()
      correlations.set(id, joined)
      for (const group of groups) {
        const known = joined.get(group.key)
        if (!known || newestOf(group) >= newestOf(known)) joined.set(group.key, group)
      }
    }
    for (const [model, groups] of Object.entries(state.novelty)) {
      const joined = novelty.get(model) ?? new Map<string, DetectorState['novelty'][string][number]>()
      novelty.set(model, joined)
      for (const [key, firstAt, events, values] of groups) {
        const known = joined.get(key)
        joined.set(
          key,
          known
            ? [key, Math.min(firstAt, known[1]), Math.max(events, known[2]), [...new Set([...known[3], ...values])]]
            : [key, firstAt, events, values],
        )
      }
    }
    for (const [assetId, at] of state.clocks) clocks.set(assetId, Math.max(at, clocks.get(assetId) ?? at))
  }
  const times = states.map(({ engine }) => engine.newestAt).filter((at) => at !== null)
  return {
    version: 1,
    engine: {
      version: 1,
      newestAt: times.length > 0 ? Math.max(...times) : null,
      correlations: [...correlations].map(([id, groups]) => ({ id, groups: [...groups.values()] })),
    },
    novelty: Object.fromEntries([...novelty].map(([model, groups]) => [model, [...groups.values()]])),
    clocks: [...clocks],
  }
}

type SavedGroup = DetectorState['engine']['correlations'][number]['groups'][number]

function newestOf({ entries }: SavedGroup): number {
  return entries[entries.length - 1]?.[0] ?? Number.NEGATIVE_INFINITY
}

const emptyState: DetectorState = {
  version: 1,
  engine: { version: 1, newestAt: null, correlations: [] },
  novelty: {},
  clocks: [],
}
