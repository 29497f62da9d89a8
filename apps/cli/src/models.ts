/** `rampart models`: the threat detection models, one a line. */

import { createDetector, formatIssue, type Model } from '@rampart/detection'
import { visibleLines, visibleText } from '@rampart/event/visible-text'
import { loadModels, shippedModels, summaryOf } from '@rampart/models'
import { Command, Option } from 'commander'

interface Options {
  json?: boolean
  models: string
}

export function modelsCommand(): Command {
  return new Command('models')
    .description(
      'List the threat detection models. A word keeps those whose title, type, stage, technique or id has it.',
    )
    .argument('[word...]', 'all of them must be found, in any case')
    .option('--json', 'print one JSON object a line')
    .addOption(new Option('--models <directory>', 'read models from here').default(shippedModels, 'the shipped ones'))
    .action(listModels)
}

function listModels(words: string[], options: Options): void {
  const loaded = loadModels(options.models, { samples: false })
  const { detector, issues } = createDetector({ models: loaded.models })
  const folders = new Map(loaded.models.map((folder) => [folder.path, folder]))
  let shown = 0
  for (const model of detector.models) {
    const folder = folders.get(model.path)
    if (!folder || !matches(model, words)) continue
    shown++
    process.stdout.write(`${options.json ? JSON.stringify(summaryOf(model, folder)) : visibleText(line(model))}\n`)
  }
  for (const issue of loaded.issues)
    process.stderr.write(`${visibleText(`${issue.path} ${issue.code} ${issue.message}`)}\n`)
  for (const issue of issues) process.stderr.write(`${visibleLines(formatIssue(issue))}\n`)
  if (!options.json) process.stderr.write(`${shown} of ${detector.models.length} models\n`)
  if (loaded.issues.length + issues.length > 0) process.exitCode = 2
}

function line(model: Model): string {
  return `${model.level.padEnd(7)}  ${model.type.padEnd(32)}  ${model.title}  [${model.techniques.join(' ')}]`
}

function matches(model: Model, words: readonly string[]): boolean {
  const text = [
    model.id,
    model.slug,
    model.title,
    model.type,
    model.level,
    model.kind,
    ...model.stages,
    ...model.techniques,
  ]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word.toLowerCase()))
}
