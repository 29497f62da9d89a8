/** When the detector's state is written down: often while that is cheap, seldom while it is large. */
import type { Logger } from 'pino'
import type { ArchivePosition, EventArchive } from './archive/event-archive.ts'
import type { DetectorHost } from './detection/detector-host.ts'

/** Writing may take at most this part of the time. */
const share = 0.01

export interface CheckpointParts {
  detector: Pick<DetectorHost, 'save'>
  archive: Pick<EventArchive, 'position'>
  file: string
  /** The place of the checkpoint that this run began with. */
  from: ArchivePosition
  /** Least time between two checkpoints, ms. */
  everyMs: number
  log: Logger
}

export class Checkpoints {
  readonly #parts: CheckpointParts
  #nextAt: number
  /** From here on the log is needed by the next start. */
  position: ArchivePosition

  constructor(parts: CheckpointParts) {
    this.#parts = parts
    this.position = parts.from
    this.#nextAt = performance.now() + parts.everyMs
  }

  /** To be called between two units of work, when the detector has seen exactly what the archive holds. */
  async due(): Promise<void> {
    if (performance.now() >= this.#nextAt) await this.write()
  }

  /** Never fails: an older checkpoint costs only time at the next start. */
  async write(): Promise<void> {
    const { detector, archive, file, everyMs, log } = this.#parts
    const start = performance.now()
    const position = archive.position()
    await detector.save(file, position).then(
      () => {
        this.position = position
      },
      (error) => log.warn({ error }, 'checkpoint failed'),
    )
    const end = performance.now()
    this.#nextAt = end + Math.max(everyMs, (end - start) / share)
  }
}
