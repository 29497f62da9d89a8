/** A directory of models (`<type>/<slug>/rule.yml` and samples) → rule texts for the detector and sample files. */
import { existsSync, readdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { readRegularFile } from './read-regular-file.ts'

/** The directory of the shipped models. */
export const shippedModels: string = fileURLToPath(new URL('../../../models', import.meta.url))

/** What a sample promises when it is not "its own model, one alert". */
export interface SampleExpectation {
  /** Alerts by model: folder slug or id → how many alerts (aggregated) the sample must raise. Other models must stay silent. */
  alerts: Record<string, number>
  /** Why it is not the usual one. */
  reason: string
}

export interface SampleFile {
  /** Relative to the parent of the models directory, with `/`. */
  path: string
  label: 'attack' | 'benign'
  /** File name. */
  name: string
  text: string
  expect?: SampleExpectation
}

export interface ModelFolder {
  /** Relative path of rule.yml. */
  path: string
  /** `<type slug>/<model slug>`. */
  slug: string
  text: string
  samples: SampleFile[]
  /** Whether the folder has a drill: a safe act that fires the model on a real host. */
  drill: boolean
}

export interface LoadIssue {
  code: 'models.unreadable' | 'models.misplaced-file' | 'models.invalid-expectation'
  path: string
  message: string
}

export interface LoadedModels {
  models: ModelFolder[]
  issues: LoadIssue[]
}

const maxFileBytes = 8 * 1024 * 1024
/** Folders of the models directory that hold no models. */
const reserved = new Set(['intel', 'node_modules'])

/**
 * Reads every model folder, in order of path. Without `samples` only counts could be made, so texts are left empty:
 * give `{ samples: false }` to skip reading them (a server that only detects). A folder that cannot be read is an issue, never an exception.
 */
export function loadModels(directory: string = shippedModels, options: { samples?: boolean } = {}): LoadedModels {
  const loaded: LoadedModels = { models: [], issues: [] }
  const root = basename(directory)
  const name = (path: string) => join(root, relative(directory, path)).replaceAll('\\', '/')
  for (const type of folders(directory, loaded, name)) {
    if (reserved.has(basename(type))) continue
    for (const folder of folders(type, loaded, name)) {
      const rule = join(folder, 'rule.yml')
      if (!existsSync(rule)) {
        loaded.issues.push({ code: 'models.misplaced-file', path: name(folder), message: 'the folder has no rule.yml' })
        continue
      }
      const text = read(rule, loaded, name)
      if (text === undefined) continue
      loaded.models.push({
        path: name(rule),
        slug: `${basename(type)}/${basename(folder)}`,
        text,
        samples: (['attack', 'benign'] as const).flatMap((label) =>
          readSamples(join(folder, 'samples', label), label, options.samples !== false, loaded, name),
        ),
        drill: existsSync(join(folder, 'drill.yml')),
      })
    }
  }
  return loaded
}

type Namer = (path: string) => string

function folders(directory: string, loaded: LoadedModels, name: Namer): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(directory, entry.name))
      .sort()
  } catch (error) {
    loaded.issues.push({ code: 'models.unreadable', path: name(directory), message: messageOf(error) })
    return []
  }
}

function entries(directory: string, loaded: LoadedModels, name: Namer): string[] {
  try {
    return readdirSync(directory).sort()
  } catch (error) {
    loaded.issues.push({ code: 'models.unreadable', path: name(directory), message: messageOf(error) })
    return []
  }
}

function readSamples(directory: string, label: 'attack' | 'benign', texts: boolean, loaded: LoadedModels, name: Namer) {
  if (!existsSync(directory)) return []
  const samples: SampleFile[] = []
  for (const file of entries(directory, loaded, name)) {
    const path = join(directory, file)
    if (file.endsWith('.expect.yml')) continue
    if (!/\.(json|ndjson|log)$/.test(file)) {
      loaded.issues.push({
        code: 'models.misplaced-file',
        path: name(path),
        message: 'a sample ends in .json, .ndjson or .log; an expectation in .expect.yml',
      })
      continue
    }
    const text = texts ? read(path, loaded, name) : ''
    if (text === undefined) continue
    const sample: SampleFile = { path: name(path), label, name: file, text }
    const stem = path.replace(/\.(json|ndjson|log)$/, '')
    // `a.sshd.log` may have `a.sshd.expect.yml` or `a.expect.yml`.
    const expectation = [stem, stem.replace(/\.[a-z-]+$/, '')]
      .map((one) => `${one}.expect.yml`)
      .find((one) => existsSync(one))
    if (texts && expectation) {
      const expect = readExpectation(read(expectation, loaded, name) ?? '')
      if (expect) sample.expect = expect
      else
        loaded.issues.push({
          code: 'models.invalid-expectation',
          path: name(expectation),
          message: 'needs `reason: …` and `alerts: {<type>/<slug>: <count>}`',
        })
    }
    samples.push(sample)
  }
  return samples
}

function readExpectation(text: string): SampleExpectation | undefined {
  let value: { alerts?: unknown; reason?: unknown } | null
  try {
    value = parse(text, { maxAliasCount: 0 })
  } catch {
    return undefined
  }
  if (typeof value?.reason !== 'string' || typeof value.alerts !== 'object' || value.alerts === null) return undefined
  const alerts = Object.entries(value.alerts)
  if (!alerts.every(([, count]) => Number.isInteger(count) && count >= 0)) return undefined
  return { reason: value.reason, alerts: Object.fromEntries(alerts) as Record<string, number> }
}

function read(path: string, loaded: LoadedModels, name: Namer): string | undefined {
  try {
    return readRegularFile(path, maxFileBytes)
  } catch (error) {
    loaded.issues.push({ code: 'models.unreadable', path: name(path), message: messageOf(error) })
    return undefined
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
