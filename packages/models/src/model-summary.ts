/** A model and its folder → what lists of models say of it. */
import type { Model } from '@rampart/detection'
import type { ModelFolder } from './load-models.ts'

export interface ModelSummary {
  id: string
  title: string
  type: Model['type']
  stages: Model['stages']
  techniques: Model['techniques']
  level: Model['level']
  kind: Model['kind']
  status: Model['status']
  attackSamples: number
  benignSamples: number
  /** Whether it can be tried on a host. */
  drill: boolean
}

/** Without a folder there are no samples. */
export function summaryOf(model: Model, folder: ModelFolder | null): ModelSummary {
  const { id, title, type, stages, techniques, level, kind, status } = model
  const count = (label: string) => folder?.samples.filter((sample) => sample.label === label).length ?? 0
  return {
    ...{ id, title, type, stages, techniques, level, kind, status },
    attackSamples: count('attack'),
    benignSamples: count('benign'),
    drill: folder?.drill ?? false,
  }
}
