/** A detection thread: answers requests one after the other until it is ended. */
import { parentPort, workerData } from 'node:worker_threads'
import type { DetectorState } from '@rampart/detection'
import type { Event } from '@rampart/event'
import { type Found, LaneDetector, type LaneSetup } from './lane-detector.ts'
import type { LaneAnswer, LaneRequest, Lines } from './lane-messages.ts'

const detector = new LaneDetector(workerData as LaneSetup)

function detect(lines: readonly Lines[]): Found[] {
  const found: Found[] = []
  for (const { text, skip, order } of lines) {
    const rows = Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString('utf8').split('\n')
    for (let index = skip; index < rows.length; index++)
      detector.detect(JSON.parse(rows[index] ?? '') as Event, order + index - skip, found)
  }
  return found
}

function answer(request: LaneRequest): LaneAnswer {
  switch (request.kind) {
    case 'detect':
      return { kind: 'found', found: detect(request.lines), stats: detector.stats }
    case 'restore':
      detector.restore(JSON.parse(request.state) as DetectorState)
      return { kind: 'restored' }
    case 'save':
      return { kind: 'saved', states: detector.save().map((state) => JSON.stringify(state)) }
  }
}

parentPort?.on('message', (request: LaneRequest) => parentPort?.postMessage(answer(request)))
