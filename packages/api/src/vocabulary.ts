/** The product's words for those who need no schemas: the console imports them without pulling zod into its first load. */
export type { AlertState, AlertType, AssetKind, Edition, EntityKind, Level, Stage } from '@rampart/event'
export { alertStates, alertTypes, assetKinds, editions, entityKinds, levels, slugOf, stages } from '@rampart/event'
