/** Detection of a unit of work: spread over threads by asset, put together in order; a lost thread is made good. */
import type { DetectorState, Finding } from '@rampart/detection'
import type { ArchivePosition, EventArchive, EventBatch } from '../archive/event-archive.ts'
import { textOfBatch } from '../archive/frame.ts'
import { Lane } from './lane.ts'
import { type Found, LaneDetector, type LaneSetup, type LaneStats } from './lane-detector.ts'
import type { LaneAnswer, Lines } from './lane-messages.ts'
import { laneOf } from './lane-of.ts'

/** How often a unit of work is tried in a thread that it ends. */
const maxTries = 3

/** From where a lost thread's state is made again. */
interface Backing {
  archive: Pick<EventArchive, 'batches'>
  position: ArchivePosition
  state: () => DetectorState | null
}

type Key = string
const keyOf = ({ source, spoolId, sequence }: EventBatch): Key => `${sequence} ${spoolId} ${source}`

export class Lanes {
  readonly #setup: Pick<LaneSetup, 'models' | 'acrossAssets' | 'indicatorDirectories'>
  readonly #inline: LaneDetector | null
  readonly #lanes: readonly Lane[]
  readonly #stats: LaneStats[]
  readonly #onProblem: (message: string, error: unknown) => void
  #backing: Backing | null = null
  /** Events that a thread did not survive; they count as failures. */
  #given = 0
  #isStopped = false

  /** `workers` of zero: in this thread. */
  constructor(
    setup: Pick<LaneSetup, 'models' | 'acrossAssets' | 'indicatorDirectories'>,
    workers: number,
    onProblem: (message: string, error: unknown) => void,
  ) {
    this.#setup = setup
    this.#onProblem = onProblem
    const lanes = Math.max(workers, 1)
    this.#inline = workers < 1 ? new LaneDetector({ ...setup, lane: 0, lanes }) : null
    this.#lanes = Array.from({ length: Math.max(workers, 0) }, (_, lane) => new Lane({ ...setup, lane, lanes }))
    this.#stats = this.#lanes.map(() => ({ failures: 0 }))
  }

  get stats(): LaneStats {
    const all = this.#inline ? [this.#inline.stats] : this.#stats
    const failures = this.#given + all.reduce((sum, { failures }) => sum + failures, 0)
    const lastFailure = all.find((each) => each.lastFailure !== undefined)?.lastFailure
    return { failures, ...(lastFailure !== undefined && { lastFailure }) }
  }

  /** Findings in the order of the events; those of one event stand in any order. */
  async detect(batches: readonly EventBatch[]): Promise<Finding[]> {
    const found: Found[] = []
    if (this.#inline) {
      let order = 0
      for (const { events } of batches) for (const event of events) this.#inline.detect(event, order++, found)
    } else {
      const work = this.#spread(batches)
      const answers = await Promise.all(work.map((lines, lane) => this.#ask(lane, lines, batches)))
      found.push(...answers.flat())
      // each lane's own are in order already
      if (this.#lanes.length > 1) found.sort(([first], [second]) => first - second)
    }
    return found.map(([, finding]) => finding)
  }

  async restore(state: DetectorState): Promise<void> {
    this.#inline?.restore(state)
    if (this.#lanes.length === 0) return
    const text = JSON.stringify(state)
    await Promise.all(this.#lanes.map((lane) => lane.ask({ kind: 'restore', state: text })))
  }

  /** JSON of each state there is. */
  async save(): Promise<string[]> {
    if (this.#inline) return this.#inline.save().map((state) => JSON.stringify(state))
    const answers = await Promise.all(this.#lanes.map((lane) => lane.ask({ kind: 'save' })))
    return answers.flatMap((answer) => (answer.kind === 'saved' ? answer.states : []))
  }

  /** From now on a lost thread's state is made from this: what was saved last, and the archive from there on. */
  backUp(archive: Pick<EventArchive, 'batches'>, position: ArchivePosition, state: () => DetectorState | null): void {
    this.#backing = { archive, position, state }
  }

  savedAt(position: ArchivePosition): void {
    if (this.#backing) this.#backing.position = position
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#lanes.map((lane) => lane.stop()))
  }

  /** For tests: ends a thread as a fault in it would. */
  async kill(lane: number): Promise<void> {
    await this.#lanes[lane]?.kill()
  }

  /** What each lane has to look at. A batch of an agent is of one asset; those of the server itself may be of several. */
  #spread(batches: readonly EventBatch[]): Lines[][] {
    const lanes = this.#lanes.length
    const work = this.#lanes.map((): Lines[] => [])
    const needsAll = lanes > 1 && this.#setup.acrossAssets.length > 0
    let order = 0
    for (const batch of batches) {
      const { events } = batch
      const wanted = new Set(events.map(({ asset }) => laneOf(asset.id, lanes)))
      if (needsAll) wanted.add(0)
      // each lane takes its own events out of them
      for (const lane of wanted) work[lane]?.push({ text: textOfBatch(batch), skip: 1, order })
      order += events.length
    }
    return work
  }

  async #ask(lane: number, lines: Lines[], unit: readonly EventBatch[]): Promise<Found[]> {
    const thread = this.#lanes[lane]
    if (!thread || lines.length === 0) return []
    for (let tries = 1; tries <= maxTries; tries++)
      try {
        return this.#taken(lane, await thread.ask({ kind: 'detect', lines }))
      } catch (error) {
        this.#onProblem('a detection thread was lost', error)
        await this.#revive(lane, unit)
      }
    const events = unit.reduce((sum, batch) => sum + batch.events.length, 0)
    this.#given += events
    this.#onProblem(`${events} events were not looked at: a detection thread does not survive them`, undefined)
    return []
  }

  #taken(lane: number, answer: LaneAnswer): Found[] {
    if (answer.kind !== 'found') return []
    this.#stats[lane] = answer.stats
    return answer.found
  }

  /** A new thread with the state that the lost one had before the unit of work in hand. Its findings are stored already. */
  async #revive(lane: number, unit: readonly EventBatch[]): Promise<void> {
    const thread = this.#lanes[lane]
    if (!thread || this.#isStopped) return
    thread.renew()
    if (!this.#backing) return
    const { archive, position, state } = this.#backing
    const saved = state()
    const inHand = new Set(unit.map(keyOf))
    try {
      if (saved) await thread.ask({ kind: 'restore', state: JSON.stringify(saved) })
      for await (const batch of archive.batches(position)) {
        if (inHand.has(keyOf(batch))) break
        await thread.ask({ kind: 'detect', lines: [{ text: textOfBatch(batch), skip: 1, order: 0 }] })
      }
    } catch (error) {
      this.#onProblem('the state of a detection thread could not be made again whole', error)
    }
  }
}
