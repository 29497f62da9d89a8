/** rampart.yml → values of settings with their places, or everything that is wrong with it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { isSettingName, nearestSetting, type SettingName, settingFault, settings } from '@rampart/policy'
import { isMap, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import { fail, ok, type Result } from '../errors.ts'

export interface SettingsIssue {
  code:
    | 'settings.unreadable'
    | 'settings.not-private'
    | 'settings.invalid-yaml'
    | 'settings.unknown-name'
    | 'settings.invalid-value'
  /** `file:line:column`, both from 1; without a place in the file its name alone. */
  place: string
  /** What is wrong, then what to do. */
  message: string
}

/** Values that the file pins, and where it says them. */
export type SettingsFile = ReadonlyMap<SettingName, { value: unknown; place: string }>

const bytesMax = 256 * 1024

/** Reads the file. A file that is missing says nothing, unless `required`. */
export function readSettingsFile(path: string, required: boolean): Result<SettingsFile, SettingsIssue[]> {
  const refuse = (code: SettingsIssue['code'], message: string) => fail([{ code, place: path, message }])
  let text: string
  try {
    const file = openSync(path, 'r')
    try {
      const { uid, mode, size } = fstatSync(file)
      const own = process.getuid?.() ?? uid
      if ((uid !== 0 && uid !== own) || (mode & 0o022) !== 0)
        return refuse(
          'settings.not-private',
          `Other users can change this file. Take it from them with "chown ${own} '${path}'" and "chmod go-w '${path}'".`,
        )
      if (size > bytesMax) return refuse('settings.unreadable', `The file is larger than ${bytesMax / 1024} KiB.`)
      const bytes = Buffer.alloc(bytesMax)
      text = bytes.toString('utf8', 0, readSync(file, bytes, 0, bytesMax, 0))
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if ((code === 'ENOENT' || code === 'ENOTDIR') && !required) return ok(new Map())
    return refuse(
      'settings.unreadable',
      `The settings file cannot be read (${code ?? cause}). Check that it exists and its mode.`,
    )
  }
  return parseSettings(text, basename(path))
}

/** `name` is what places begin with. Every issue is told, and one is enough that nothing counts. */
export function parseSettings(text: string, name: string): Result<SettingsFile, SettingsIssue[]> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, version: '1.2' })
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${line}:${col}`
  }
  if (document.errors.length > 0)
    return fail(
      document.errors.map((error) => ({
        code: 'settings.invalid-yaml' as const,
        place: placeOf(error.pos[0]),
        message: `${error.message.split('\n')[0]?.replace(/ at line .*$/, '')}. Mend the YAML there.`,
      })),
    )
  const issues: SettingsIssue[] = []
  const values = new Map<SettingName, { value: unknown; place: string }>()
  const offsetOf = (node: unknown) => (node as Node | null)?.range?.[0] ?? 0
  const walk = (node: unknown, prefix: string): void => {
    if (!isMap(node)) return
    for (const pair of node.items as Pair[]) {
      const key = `${prefix}${isScalar(pair.key) ? String(pair.key.value) : '?'}`
      const at = placeOf(offsetOf(pair.key))
      if (isSettingName(key)) {
        const value = toPlain(pair.value)
        const fault = settingFault(settings[key], value)
        if (fault)
          issues.push({
            code: 'settings.invalid-value',
            place: placeOf(offsetOf(pair.value ?? pair.key)),
            message: `${key} ${fault}.`,
          })
        else values.set(key, { value, place: at })
      } else if (isMap(pair.value) && Object.keys(settings).some((known) => known.startsWith(`${key}.`)))
        walk(pair.value, `${key}.`)
      else issues.push({ code: 'settings.unknown-name', place: at, message: unknownSetting(key) })
    }
  }
  const { contents } = document
  if (contents !== null && !isMap(contents) && !(isScalar(contents) && contents.value === null))
    issues.push({
      code: 'settings.invalid-yaml',
      place: placeOf(offsetOf(contents)),
      message: 'The file has to be a map of sections, e.g. "sessions:" and below it "  idleMinutes: 60".',
    })
  walk(contents, '')
  return issues.length > 0 ? fail(issues) : ok(values)

  /** Null for anything that holds an alias: no setting needs one. */
  function toPlain(node: unknown): unknown {
    try {
      return (node as Node | null)?.toJS(document, { maxAliasCount: 0 }) ?? null
    } catch {
      return null
    }
  }
}

export function unknownSetting(name: string): string {
  const nearest = nearestSetting(name)
  const hint = nearest ? `Did you mean ${nearest}?` : 'docs/reference/settings.md lists them all.'
  return `There is no setting ${JSON.stringify(name)}. ${hint}`
}
