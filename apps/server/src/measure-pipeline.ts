/** The same pipeline with its stages timed and its events counted. */
import type { Metrics } from './metrics.ts'
import type { Pipeline } from './pipeline.ts'

export function measurePipeline(pipeline: Pipeline, metrics: Metrics): Pipeline {
  const { archive, alerts, detector } = pipeline
  const timed = async <T>(stage: string, body: () => Promise<T>): Promise<T> => {
    const end = metrics.stageSeconds.startTimer({ stage })
    const result = await body()
    end()
    return result
  }
  let detecting = 0
  return {
    ...pipeline,
    archive: {
      append: async (batches) => {
        await timed('archive', () => archive.append(batches))
        for (const batch of batches) for (const event of batch.events) metrics.events.inc({ type: event.type })
      },
    },
    detector: {
      detect(event) {
        const start = performance.now()
        const findings = detector.detect(event)
        detecting += performance.now() - start
        return findings
      },
    },
    alerts: {
      commit: async (work) => {
        metrics.stageSeconds.observe({ stage: 'detect' }, detecting / 1000)
        detecting = 0
        return timed('store', () => alerts.commit(work))
      },
      streams: () => alerts.streams(),
    },
  }
}
