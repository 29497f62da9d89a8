/** A model ready to run: what finding needs at hand, and the rest when it is asked for. */
import type { SigmaDocument } from '@rampart/sigma'
import { fieldsOf } from './matched.ts'
import type { Model } from './model.ts'
import { createNovelty, type Novelty } from './novelty.ts'
import { modelOfRule } from './own-rules.ts'

/** The model of a plain rule is made for its first finding: of thousands that are loaded few ever have one. */
export class ArmedModel {
  readonly id: string
  readonly path: string
  readonly rules: readonly SigmaDocument[]
  readonly novelty: Novelty | undefined
  private readonly makeModel: () => Model
  private made: Model | undefined
  private shown: string[] | undefined

  private constructor(
    subject: { id: string; path: string },
    rules: readonly SigmaDocument[],
    makeModel: () => Model,
    novelty: Novelty | undefined,
  ) {
    this.id = subject.id
    this.path = subject.path
    this.rules = rules
    this.makeModel = makeModel
    this.novelty = novelty
  }

  static of(model: Model, rules: readonly SigmaDocument[]): ArmedModel {
    return new ArmedModel(model, rules, () => model, model.novelty && createNovelty(model.novelty))
  }

  static ofRule(document: Exclude<SigmaDocument, { kind: 'filter' }>, text: string): ArmedModel {
    return new ArmedModel(document, [document], () => modelOfRule(document, text), undefined)
  }

  get model(): Model {
    this.made ??= this.makeModel()
    return this.made
  }

  /** Fields shown with a finding. */
  get fields(): readonly string[] {
    this.shown ??= fieldsOf(this.rules)
    return this.shown
  }
}
