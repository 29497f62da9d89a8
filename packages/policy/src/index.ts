/** What people decide: defence items and model switches. */
export type { DefenceItem } from './defence-items.ts'
export { defenceItems } from './defence-items.ts'
export type { Switches } from './raising.ts'
export { isItemOn, isModelOn, raises } from './raising.ts'
