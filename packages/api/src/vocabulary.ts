/** The product's words for those who need no schemas: the console imports them without pulling zod into its first load. */
export type { AlertState, AlertType, AssetKind, EntityKind, Level, Stage } from '@rampart/event'
export { alertStates, alertTypes, assetKinds, entityKinds, levels, slugOf, stages } from '@rampart/event'
