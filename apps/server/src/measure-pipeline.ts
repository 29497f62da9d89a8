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
  return {
    ...pipeline,
    archive: {
      append: async (batches) => {
        await timed('archive', () => archive.append(batches))
        for (const batch of batches) for (const event of batch.events) metrics.events.inc({ type: event.type })
      },
    },
    detector: { detect: (batches) => timed('detect', () => detector.detect(batches)) },
    alerts: {
      commit: (work) => timed('store', () => alerts.commit(work)),
      streams: () => alerts.streams(),
    },
  }
}
