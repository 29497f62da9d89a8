/** What people decide: defence items, model switches and settings. */
/** What people decide: defence items and model switches. */

export type { AddressRange } from './address-range.ts'
export { includesRange, overlaps, parseRange } from './address-range.ts'
export type { BruteForceRule, BruteForceService } from './brute-force.ts'
export { bruteForceChoices, bruteForceServiceOf, bruteForceServices, defaultBruteForceRule } from './brute-force.ts'
export type { DefenceItem } from './defence-items.ts'
export { defenceItems } from './defence-items.ts'
export type { Switches } from './raising.ts'
export { isItemOn, isModelOn, raises } from './raising.ts'
export type { SettingDefinition } from './settings/definition.ts'
export { settingFault } from './settings/definition.ts'
export type { SettingName, SettingValue } from './settings/settings.ts'
export { isSettingName, nearestSetting, settingNames, settings } from './settings/settings.ts'
