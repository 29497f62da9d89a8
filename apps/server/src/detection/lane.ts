/** One lane of detection as the main thread sees it: a worker thread that may be lost and begun anew. */
import { Worker } from 'node:worker_threads'
import type { LaneSetup } from './lane-detector.ts'
import type { LaneAnswer, LaneRequest } from './lane-messages.ts'

/** Events live for a moment: more room for young objects costs memory and gains nothing. */
const maxYoungGenerationSizeMb = 24

interface Open {
  resolve: (answer: LaneAnswer) => void
  reject: (error: Error) => void
}

export class Lane {
  readonly #setup: LaneSetup
  #worker: Worker | null = null
  #open: Open[] = []
  #isLost = false
  #isStopped = false

  /** Starts the thread, which takes a second to read its models; questions wait for it. */
  constructor(setup: LaneSetup) {
    this.#setup = setup
    this.#worker = this.#start()
  }

  /** Fails when the thread ends before it has answered, or ended before, until `renew` is called. */
  ask(request: LaneRequest): Promise<LaneAnswer> {
    if (this.#isStopped) return Promise.reject(new Error('the lane is closed'))
    if (this.#isLost) return Promise.reject(new Error('the thread ended'))
    this.#worker ??= this.#start()
    const worker = this.#worker
    return new Promise((resolve, reject) => {
      this.#open.push({ resolve, reject })
      worker.ref()
      worker.postMessage(request)
    })
  }

  /** Lets the next question start a new thread, which knows nothing of what the lost one knew. */
  renew(): void {
    this.#isLost = false
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#worker?.terminate()
  }

  /** For tests: ends the thread as a fault in it would. */
  async kill(): Promise<void> {
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./lane-thread.ts', import.meta.url), {
      workerData: this.#setup,
      resourceLimits: { maxYoungGenerationSizeMb },
    })
    worker.on('message', (answer: LaneAnswer) => {
      this.#open.shift()?.resolve(answer)
      // it keeps the process alive only while something is asked of it
      if (this.#open.length === 0) worker.unref()
    })
    const lost = (error: Error): void => {
      if (this.#worker !== worker) return
      this.#worker = null
      this.#isLost = true
      const open = this.#open
      this.#open = []
      for (const { reject } of open) reject(error)
    }
    worker.on('error', (error) => lost(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', (code) => lost(new Error(`the thread ended with ${code}`)))
    worker.unref()
    return worker
  }
}
