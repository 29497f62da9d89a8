/** What people decide: defence items, model switches and settings. */
export type { DefenceItem } from './defence-items.ts'
export { defenceItems } from './defence-items.ts'
export type { Switches } from './raising.ts'
export { isItemOn, isModelOn, raises } from './raising.ts'
export type { SettingDefinition } from './settings/definition.ts'
export { settingFault } from './settings/definition.ts'
export type { SettingName, SettingValue } from './settings/settings.ts'
export { isSettingName, nearestSetting, settingNames, settings } from './settings/settings.ts'
