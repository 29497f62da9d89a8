/** Models and indicators on disk → a running detector with its catalogue and its checkpoint. */
import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { Finding } from '@rampart/alert'
import { createDetector, type DetectorState, joinStates, type Model } from '@rampart/detection'
import { createIndicatorSet } from '@rampart/intel'
import { loadIndicators, loadModels, type ModelFolder } from '@rampart/models'
import type { ArchivePosition, EventArchive, EventBatch } from '../archive/event-archive.ts'
import type { LaneStats } from './lane-detector.ts'
import { Lanes } from './lanes.ts'

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
  version: 1 | 2
  position: ArchivePosition
  /** Of version 1, which one detector left. */
  state?: DetectorState
  /** Of version 2: those of detectors side by side. */
  states?: DetectorState[]
}

export interface DetectionOptions {
  /** Detection threads; none: in the main thread. Default: one for each core but one, at most eight. */
  workers?: number
  /** Told what went wrong with a detection thread. */
  onProblem?: (message: string, error: unknown) => void
}

/** How much of the archive is read again without a checkpoint: a day, as far as it is not too much. */
const replayMs = 24 * 3_600_000
const replayBytes = 64 * 1024 * 1024
const maxWorkers = 8

function isAfter(one: ArchivePosition, other: ArchivePosition): boolean {
  return one.segment > other.segment || (one.segment === other.segment && one.offset > other.offset)
}

export class DetectorHost {
  readonly #lanes: Lanes
  readonly catalogue: ReadonlyMap<string, CatalogueEntry>
  readonly refused: readonly RefusedModel[]

  private constructor(lanes: Lanes, catalogue: Map<string, CatalogueEntry>, refused: RefusedModel[]) {
    this.#lanes = lanes
    this.catalogue = catalogue
    this.refused = refused
  }

  /** Reads the models of a directory and the indicator lists of others. What cannot be used is in `refused`. */
  static load(
    modelsDirectory: string,
    indicatorDirectories: readonly string[],
    { workers = Math.min(availableParallelism() - 1, maxWorkers), onProblem = () => {} }: DetectionOptions = {},
  ): DetectorHost {
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
    const setup = {
      models: loaded.models.map(({ path, text }) => ({ path, text })),
      acrossAssets: detector.models.filter(({ id }) => detector.acrossAssets.has(id)).map(({ path }) => path),
      indicatorDirectories,
    }
    return new DetectorHost(new Lanes(setup, workers, onProblem), catalogue, refused)
  }

  get stats(): LaneStats {
    return this.#lanes.stats
  }

  /** Findings of the events of one unit of work, in their order. The next unit is given when this one is done. */
  async detect(batches: readonly EventBatch[]): Promise<Finding[]> {
    const findings = await this.#lanes.detect(batches)
    return findings.map((finding) => ({
      ...finding,
      techniques: this.catalogue.get(finding.modelId)?.model.techniques ?? [],
    }))
  }

  /** Takes up the state of an earlier run. The answer is the place in the archive from which to go on. */
  async restore(
    file: string,
    archive: Pick<EventArchive, 'position' | 'tail' | 'batches'>,
    now: number,
  ): Promise<ArchivePosition> {
    const { position, state } = readCheckpoint(file, archive) ?? {
      position: archive.tail(now - replayMs, replayBytes),
      state: null,
    }
    if (state) await this.#lanes.restore(state)
    this.#lanes.backUp(archive, position, () => readCheckpoint(file, archive)?.state ?? null)
    return position
  }

  /** Writes the state down, whole or not at all. */
  async save(file: string, position: ArchivePosition): Promise<void> {
    // put together as text: the threads made their parts, and none of it is looked at here
    const states = await this.#lanes.save()
    const handle = await open(`${file}.new`, 'w', 0o600)
    try {
      await handle.writeFile(`{"version":2,"position":${JSON.stringify(position)},"states":[${states.join(',')}]}`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(`${file}.new`, file)
    this.#lanes.savedAt(position)
  }

  /** Ends the detection threads. */
  async stop(): Promise<void> {
    await this.#lanes.stop()
  }
}

/** Null without a checkpoint, with one that was cut off, and with one of a place that the archive does not have. */
function readCheckpoint(
  file: string,
  archive: Pick<EventArchive, 'position'>,
): { position: ArchivePosition; state: DetectorState } | null {
  try {
    const { version, position, state, states } = JSON.parse(readFileSync(file, 'utf8')) as Checkpoint
    if ((version !== 1 && version !== 2) || isAfter(position, archive.position())) return null
    return { position, state: joinStates(states ?? (state ? [state] : [])) }
  } catch {
    return null
  }
}
