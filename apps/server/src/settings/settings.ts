/** What is set at present: rampart.yml before the console before the default; changes are told to whom they concern. */
import { isDeepStrictEqual } from 'node:util'
import type { Database } from '@rampart/alert'
import {
  isSettingName,
  type SettingName,
  type SettingValue,
  settingFault,
  settingNames,
  settings,
} from '@rampart/policy'
import { fail, ok, type Result } from '../errors.ts'
import { readSettingsFile, type SettingsFile, type SettingsIssue, unknownSetting } from './settings-file.ts'

export type SettingSource = 'default' | 'console' | 'file'

export interface SettingState {
  name: SettingName
  value: unknown
  source: SettingSource
  /** `file:line:column` of a setting that the file pins. */
  place: string | null
}

export type SettingChanges = Partial<Record<SettingName, { from: unknown; to: unknown }>>

export interface SettingRefused {
  code: 'settings.unknown-name' | 'settings.invalid-value' | 'settings.pinned' | 'settings.file-only'
  message: string
  /** The setting that is at fault. */
  path: string
}

/** A reload that took the file over; `waiting` are changed settings that only a restart takes over. */
export interface Reloaded {
  changes: SettingChanges
  waiting: SettingName[]
}

export class Settings {
  readonly #database: Database
  readonly #path: string
  #file: SettingsFile
  readonly #stored = new Map<SettingName, unknown>()
  readonly #listeners: { names: readonly SettingName[]; listener: () => void }[] = []
  /** Issues of the last reload, when it was refused. */
  problems: readonly SettingsIssue[] = []

  /** `file` is what `path` said at the start. Values of the database that no longer fit count as not set. */
  constructor(database: Database, path: string, file: SettingsFile) {
    this.#database = database
    this.#path = path
    this.#file = file
    for (const { name, value } of database.all<{ name: string; value: string }>('SELECT name, value FROM settings')) {
      if (!isSettingName(name)) continue
      const parsed: unknown = JSON.parse(value)
      if (settingFault(settings[name], parsed) === null) this.#stored.set(name, parsed)
    }
  }

  get path(): string {
    return this.#path
  }

  /** The value that counts at this moment. Ask again rather than keeping it, or listen with `onChange`. */
  get<Name extends SettingName>(name: Name): SettingValue<Name> {
    return this.state(name).value as SettingValue<Name>
  }

  state(name: SettingName): SettingState {
    const pinned = this.#file.get(name)
    if (pinned) return { name, value: pinned.value, source: 'file', place: pinned.place }
    if (this.#stored.has(name)) return { name, value: this.#stored.get(name), source: 'console', place: null }
    return { name, value: settings[name].default, source: 'default', place: null }
  }

  all(): SettingState[] {
    return settingNames.map((name) => this.state(name))
  }

  /** Calls `listener` after one of the settings got another value; it asks `get` for it. */
  onChange(names: readonly SettingName[], listener: () => void): void {
    this.#listeners.push({ names, listener })
  }

  /** Stores values that people chose; null goes back to the default. All of them or none. */
  change(values: Readonly<Record<string, unknown>>): Result<SettingChanges, SettingRefused> {
    for (const [name, value] of Object.entries(values)) {
      if (!isSettingName(name))
        return fail({ code: 'settings.unknown-name', message: unknownSetting(name), path: name })
      const fault = value === null ? null : settingFault(settings[name], value)
      if (fault) return fail({ code: 'settings.invalid-value', message: `${name} ${fault}.`, path: name })
      if (settings[name].where === 'file')
        return fail({
          code: 'settings.file-only',
          message: `${name} is needed before anybody signs in. Set it in ${this.#path}, then restart the server.`,
          path: name,
        })
      const { place } = this.state(name)
      if (place !== null)
        return fail({
          code: 'settings.pinned',
          message: `${name} is set by ${place}. Change it there, then run "rampart reload".`,
          path: name,
        })
    }
    const before = this.#values()
    this.#database.transaction(() => {
      for (const [name, value] of Object.entries(values))
        if (value === null) this.#database.run('DELETE FROM settings WHERE name = ?', name)
        else this.#database.run('INSERT OR REPLACE INTO settings VALUES (?, ?)', name, JSON.stringify(value))
    })
    for (const [name, value] of Object.entries(values) as [SettingName, unknown][])
      if (value === null) this.#stored.delete(name)
      else this.#stored.set(name, value)
    return ok(this.#tell(before))
  }

  /** Reads the file again. With an issue anywhere everything stays as it was. */
  reload(): Result<Reloaded, SettingsIssue[]> {
    const read = readSettingsFile(this.#path, false)
    this.problems = read.ok ? [] : read.error
    if (!read.ok) return read
    const before = this.#values()
    this.#file = read.value
    const changes = this.#tell(before)
    const waiting = (Object.keys(changes) as SettingName[]).filter((name) => settings[name].takesEffect === 'restart')
    return ok({ changes, waiting })
  }

  #values(): Map<SettingName, unknown> {
    return new Map(this.all().map(({ name, value }) => [name, value]))
  }

  #tell(before: ReadonlyMap<SettingName, unknown>): SettingChanges {
    const changes: SettingChanges = {}
    for (const [name, from] of before) {
      const to = this.get(name)
      if (!isDeepStrictEqual(from, to)) changes[name] = { from, to }
    }
    for (const { names, listener } of this.#listeners) if (names.some((name) => changes[name])) listener()
    return changes
  }
}
