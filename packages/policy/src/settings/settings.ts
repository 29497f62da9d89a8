/** All settings in one table: rampart.yml, the console, the API and the reference are made from it. */
import { alertSettings } from './alerts.ts'
import type { SettingDefinition, ValueOf } from './definition.ts'
import { generalSettings } from './general.ts'
import { peopleSettings } from './people.ts'
import { responseSettings } from './response.ts'
import { retentionSettings } from './retention.ts'
import { serverSettings } from './server.ts'

/** By name: `section.nameWithUnit`. Names are permanent. */
export const settings = {
  ...generalSettings,
  ...alertSettings,
  ...peopleSettings,
  ...responseSettings,
  ...retentionSettings,
  ...serverSettings,
} as const satisfies Record<string, SettingDefinition>

export type SettingName = keyof typeof settings
export type SettingValue<Name extends SettingName> = ValueOf<(typeof settings)[Name]>

export const settingNames = Object.keys(settings) as SettingName[]

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name)
}

/** The known name that is most like a wrong one, or null when none is near. */
export function nearestSetting(name: string): SettingName | null {
  const lower = name.toLowerCase()
  const leaf = lower.split('.').at(-1) ?? lower
  let nearest: { name: SettingName; distance: number } | null = null
  for (const known of settingNames) {
    const other = known.toLowerCase()
    const distance = Math.min(editDistance(lower, other), editDistance(leaf, other.split('.').at(-1) ?? other) + 1)
    if (nearest === null || distance < nearest.distance) nearest = { name: known, distance }
  }
  return nearest && nearest.distance <= Math.max(2, leaf.length / 3) ? nearest.name : null
}

/** Levenshtein distance; words longer than any setting are cut. */
function editDistance(left: string, right: string): number {
  const [one, other] = [left.slice(0, 64), right.slice(0, 64)]
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      row[j] = Math.min((row[j - 1] ?? 0) + 1, (previous[j] ?? 0) + 1, replaced)
    }
    previous = row
  }
  return previous[other.length] ?? 0
}
