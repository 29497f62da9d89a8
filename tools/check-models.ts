/** Checks every model folder for what the loader cannot know: prose, samples, promotion, names. Exit 0 or 1; `tools/node tools/check-models.ts [part of a path] [--models DIR]`. */
import { parseArgs } from 'node:util'
import { createDetector, formatIssue, type Model } from '@rampart/detection'
import { slugOf } from '@rampart/event'
import { createIndicatorSet } from '@rampart/intel'
import { loadIndicators, loadModels, type ModelFolder, shippedModels } from '@rampart/models'
import { readSample } from '@rampart/sensor'
import { foreignNames } from './check-models/addresses.ts'
import { boilerplate, proseProblems } from './check-models/prose.ts'

interface Problem {
  path: string
  message: string
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { models: { type: 'string', default: shippedModels } },
  })
  const wanted = positionals[0] ?? ''
  const loaded = loadModels(values.models)
  const { indicators, issues: indicatorIssues } = loadIndicators()
  const { detector, issues } = createDetector({ models: loaded.models, indicators: createIndicatorSet(indicators) })
  const problems: Problem[] = [
    ...loaded.issues.map(({ path, code, message }) => ({ path, message: `${code} ${message}` })),
    ...issues.map((issue) => ({ path: issue.path, message: formatIssue(issue).slice(issue.path.length + 1) })),
    ...indicatorIssues.map(({ path, line, code, message }) => ({ path, message: `${line} ${code} ${message}` })),
  ]
  const byPath = new Map(detector.models.map((model) => [model.path, model]))
  for (const folder of loaded.models) {
    const model = byPath.get(folder.path)
    const add = (message: string, path = folder.path) => problems.push({ path, message })
    if (model) checkModel(model, folder, add)
    checkSamples(folder, add)
  }
  for (const { path, message } of boilerplate(detector.models)) problems.push({ path, message })
  for (const { path, message } of twins(detector.models)) problems.push({ path, message })
  const shown = problems.filter(({ path }) => path.includes(wanted))
  for (const { path, message } of shown) process.stdout.write(`${path}: ${message}\n`)
  const samples = loaded.models.reduce((sum, { samples }) => sum + samples.length, 0)
  process.stdout.write(
    `${loaded.models.length} models of ${new Set(detector.models.map(({ type }) => type)).size} types in ${
      new Set(detector.models.flatMap(({ stages }) => stages)).size
    } stages, ${samples} samples, ${shown.length} problems\n`,
  )
  return shown.length === 0 ? 0 : 1
}

type Add = (message: string, path?: string) => void

function checkModel(model: Model, folder: ModelFolder, add: Add): void {
  const [typeFolder] = folder.slug.split('/')
  if (typeFolder !== slugOf(model.type)) add(`type ${model.type} belongs into models/${slugOf(model.type)}/`)
  for (const message of proseProblems(model)) add(message)
  if (model.techniques.length === 0 && model.type !== 'Other') add('no ATT&CK technique among the tags (attack.tNNNN)')
  if (model.author !== 'Rampart') add('author is Rampart')
  if (!/^\d{4}-\d\d-\d\d$/.test(model.date)) add('date is YYYY-MM-DD')
  for (const reference of model.references)
    if (!/^https:\/\/\S+$/.test(reference)) add(`reference ${reference} is no https address`)
  const attacks = folder.samples.filter(({ label }) => label === 'attack').length
  const benign = folder.samples.filter(({ label }) => label === 'benign').length
  const needed = { experimental: 1, test: 3, stable: 3 }[model.status]
  if (needed === undefined) add(`status ${model.status}; models here are experimental, test or stable`)
  else if (attacks < needed) add(`status ${model.status} needs ${needed} attack samples and has ${attacks}`)
  if (benign < 1) add('needs a benign sample')
  if (model.status !== 'experimental') {
    const evasions = folder.samples.filter(({ label, text }) => label === 'attack' && /^#[^\n]*\bevasion\b/.test(text))
    if (evasions.length === 0)
      add(`status ${model.status} needs an attack sample whose first line says that it is an evasion`)
  }
}

function checkSamples(folder: ModelFolder, add: Add): void {
  for (const sample of folder.samples) {
    const { header, problems, events } = readSample(sample.path, sample.text)
    if (!header) add('first line must be "# captured|synthesised, how, YYYY-MM-DD"', sample.path)
    else if (header.how.length < 12 || /TODO/.test(header.how))
      add('the first line must say what the sample shows', sample.path)
    for (const { line, reason } of problems) if (header) add(`line ${line}: ${reason}`, sample.path)
    if (events.length === 0) add('no event in the sample', sample.path)
    for (const name of foreignNames(sample.text))
      add(`${name} is not a documentation address or example name`, sample.path)
  }
}

/** Titles that two models share. */
function twins(models: readonly Model[]): Problem[] {
  const seen = new Map<string, string>()
  const problems: Problem[] = []
  for (const { path, title } of models) {
    const other = seen.get(title.toLowerCase())
    if (other) problems.push({ path, message: `has the title of ${other}` })
    else seen.set(title.toLowerCase(), path)
  }
  return problems
}

process.exitCode = main()
