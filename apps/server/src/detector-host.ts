/** Models and indicators on disk → a running detector with its catalogue and its checkpoint. */
import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import type { Finding } from '@rampart/alert'
import { createDetector, type Detector, type DetectorState, type Model } from '@rampart/detection'
import type { Event } from '@rampart/event'
import { createIndicatorSet } from '@rampart/intel'
import { loadIndicators, loadModels, type ModelFolder } from '@rampart/models'
import type { ArchivePosition, EventArchive } from './archive/event-archive.ts'

/** A model that could not be used, or part of one. */
export interface RefusedModel {
  path: string
  code: string
  message: string
}

export interface CatalogueEntry {
  model: Model
  folder: ModelFolder | null
}

interface Checkpoint {
  version: 1
  position: ArchivePosition
  state: DetectorState
}

/** How much of the archive is read again without a checkpoint: a day, as far as it is not too much. */
const replayMs = 24 * 3_600_000
const replayBytes = 64 * 1024 * 1024

function isAfter(one: ArchivePosition, other: ArchivePosition): boolean {
  return one.segment > other.segment || (one.segment === other.segment && one.offset > other.offset)
}

export class DetectorHost {
  readonly #detector: Detector
  readonly catalogue: ReadonlyMap<string, CatalogueEntry>
  readonly refused: readonly RefusedModel[]

  private constructor(detector: Detector, catalogue: Map<string, CatalogueEntry>, refused: RefusedModel[]) {
    this.#detector = detector
    this.catalogue = catalogue
    this.refused = refused
  }

  /** Reads the models of a directory and the indicator lists of others. What cannot be used is in `refused`. */
  static load(modelsDirectory: string, indicatorDirectories: readonly string[]): DetectorHost {
    const loaded = loadModels(modelsDirectory, { samples: true })
    const lists = loadIndicators(indicatorDirectories)
    const { detector, issues } = createDetector({
      models: loaded.models,
      indicators: createIndicatorSet(lists.indicators),
    })
    const folders = new Map(loaded.models.map((folder) => [folder.path, folder]))
    const catalogue = new Map(
      detector.models.map((model) => [model.id, { model, folder: folders.get(model.path) ?? null }]),
    )
    const refused: RefusedModel[] = [
      ...loaded.issues,
      ...issues.map(({ code, path, line, column, message }) => ({
        code,
        path: path ?? '',
        message: `${line}:${column} ${message}`,
      })),
      ...lists.issues.map(({ code, path, line, message }) => ({ code, path, message: `line ${line}: ${message}` })),
    ]
    return new DetectorHost(detector, catalogue, refused)
  }

  get stats() {
    return this.#detector.stats
  }

  detect(event: Event): Finding[] {
    return this.#detector
      .detect(event)
      .map((finding) => ({ ...finding, techniques: this.catalogue.get(finding.modelId)?.model.techniques ?? [] }))
  }

  /** Takes up the state of an earlier run. The answer is the place in the archive from which to go on. */
  restore(file: string, archive: Pick<EventArchive, 'position' | 'tail'>, now: number): ArchivePosition {
    try {
      const { version, position, state } = JSON.parse(readFileSync(file, 'utf8')) as Checkpoint
      // A place that the archive does not have: it is not the archive that the state has seen.
      if (version === 1 && !isAfter(position, archive.position())) {
        this.#detector.restoreState(state)
        return position
      }
    } catch {
      // No checkpoint, or one that was cut off.
    }
    return archive.tail(now - replayMs, replayBytes)
  }

  /** Writes the state down, whole or not at all. */
  async save(file: string, position: ArchivePosition): Promise<void> {
    const checkpoint: Checkpoint = { version: 1, position, state: this.#detector.saveState() }
    const handle = await open(`${file}.new`, 'w', 0o600)
    try {
      await handle.writeFile(JSON.stringify(checkpoint))
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(`${file}.new`, file)
  }
}
