/** A thread of a replay: reads the cuts it is given, one after the other, until it is ended. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Cut } from '@rampart/sensor'
import { keepParsedCode } from '../compile-cache.ts'
import type { CutOutcome, ReadOptions } from './read-cut.ts'
import type { RuleTexts } from './rules.ts'

export interface ThreadSetup {
  rules: RuleTexts
  options: ReadOptions
}

export type ThreadAnswer =
  | { kind: 'ready' }
  | { kind: 'read'; outcome: CutOutcome }
  /** A bug: what it was, and about which record. */
  | { kind: 'failed'; file: string; record: number; message: string }

keepParsedCode()
const [{ createDetectorOf }, { createCutWorker }] = await Promise.all([import('./rules.ts'), import('./read-cut.ts')])
const { rules, options } = workerData as ThreadSetup
const worker = createCutWorker((await createDetectorOf(rules)).detector, options)

const post = (answer: ThreadAnswer, transfer: ArrayBuffer[] = []) => parentPort?.postMessage(answer, transfer)

parentPort?.on('message', (cut: Cut) => {
  try {
    const outcome = worker.read(cut)
    const { clocks } = outcome
    post({ kind: 'read', outcome }, clocks ? [clocks.asset.buffer as ArrayBuffer, clocks.at.buffer as ArrayBuffer] : [])
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    post({ kind: 'failed', ...worker.at, message })
  }
})
post({ kind: 'ready' })
