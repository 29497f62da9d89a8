/** Is the prose of a model there, specific, and its own? */
import type { Model } from '@rampart/detection'

/** Least characters, so that a field cannot be filled with a word. */
const least = { description: 60, why: 60, blindSpots: 50 } as const
const stockPhrases =
  /\b(unknown|none|n\/a|legitimate administrative (activity|tasks)|investigate (the|this) (alert|incident)|contact your administrator)\b\.?$/i

function items(model: Model): [string, string[], number][] {
  return [
    ['falsepositives', model.falsePositives, 20],
    ['triage', model.triage, 25],
    ['advice', model.advice, 25],
  ]
}

/** What is wrong with the prose, one line each. */
export function proseProblems(model: Model): string[] {
  const problems: string[] = []
  for (const [field, length] of Object.entries(least) as [keyof typeof least, number][])
    if (model[field].length < length)
      problems.push(`${field} has ${model[field].length} characters; say it in ${length} or more`)
  for (const [field, texts, length] of items(model))
    for (const text of texts) {
      if (text.length < length) problems.push(`${field}: "${text}" is too short to help anybody`)
      if (stockPhrases.test(text)) problems.push(`${field}: "${text}" says nothing about this model`)
    }
  if (model.triage.length < 2) problems.push('triage needs two steps or more')
  if (/TODO/.test(model.text)) problems.push('a TODO is left')
  return problems
}

/** Sentences that more than two models share. */
export function boilerplate(models: readonly Model[]): { path: string; message: string }[] {
  const users = new Map<string, string[]>()
  for (const model of models) {
    const own = [model.description, model.why, model.blindSpots, ...model.triage, ...model.advice]
    const sentences = new Set(own.flatMap((text) => text.split(/(?<=[.;])\s+/)).map((one) => one.trim().toLowerCase()))
    for (const sentence of sentences)
      if (sentence.length > 40) users.set(sentence, [...(users.get(sentence) ?? []), model.path])
  }
  return [...users]
    .filter(([, paths]) => paths.length > 2)
    .map(([sentence, paths]) => ({
      path: paths[0] ?? '',
      message: `"${sentence}" stands in ${paths.length} models; make it specific (also in ${paths.slice(1).join(', ')})`,
    }))
}
