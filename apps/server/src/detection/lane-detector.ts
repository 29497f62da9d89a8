/** The models over the events of some assets: what one worker thread does, or the main thread where there is none. */
import { createDetector, type Detector, type DetectorState, type Finding, type ModelText } from '@rampart/detection'
import type { Event } from '@rampart/event'
import { createIndicatorSet } from '@rampart/intel'
import { loadIndicators } from '@rampart/models'
import { laneOf } from './lane-of.ts'

export interface LaneSetup {
  models: readonly ModelText[]
  /** Paths of the models that need the events of all assets. */
  acrossAssets: readonly string[]
  indicatorDirectories: readonly string[]
  lane: number
  lanes: number
}

/** A finding and the place of its event among those of the unit of work. */
export type Found = [order: number, finding: Finding]

export interface LaneStats {
  failures: number
  lastFailure?: string
}

/** Sees the events of its assets in order. Lane 0 sees those of all others too, for the models that span assets. */
export class LaneDetector {
  readonly #own: Detector
  readonly #across: Detector | null
  readonly #isMine: (assetId: string) => boolean

  constructor({ models, acrossAssets, indicatorDirectories, lane, lanes }: LaneSetup) {
    const indicators = createIndicatorSet(loadIndicators(indicatorDirectories).indicators)
    const spanning = new Set(lanes > 1 ? acrossAssets : [])
    const own = models.filter(({ path }) => !spanning.has(path))
    this.#own = createDetector({ models: own, indicators }).detector
    this.#isMine = (assetId) => laneOf(assetId, lanes) === lane
    this.#across =
      lane === 0 && spanning.size > 0
        ? createDetector({ models: models.filter(({ path }) => spanning.has(path)), indicators }).detector
        : null
  }

  detect(event: Event, order: number, found: Found[]): void {
    if (this.#isMine(event.asset.id)) for (const finding of this.#own.detect(event)) found.push([order, finding])
    if (this.#across) for (const finding of this.#across.detect(event)) found.push([order, finding])
  }

  save(): DetectorState[] {
    return [this.#own, this.#across].flatMap((detector) => (detector ? [detector.saveState()] : []))
  }

  restore(state: DetectorState): void {
    this.#own.restoreState(state, this.#isMine)
    this.#across?.restoreState(state)
  }

  get stats(): LaneStats {
    const own = this.#own.stats
    const across = this.#across?.stats
    const lastFailure = own.lastFailure ?? across?.lastFailure
    return { failures: own.failures + (across?.failures ?? 0), ...(lastFailure !== undefined && { lastFailure }) }
  }
}
