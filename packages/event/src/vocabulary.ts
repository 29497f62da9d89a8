/** The product's words: alert types, attack stages, levels, states. The same words stand in models, code, API and console. */

/** The 21 alert types, in the order of the specification. */
export const alertTypes = [
  'Tamper Protection',
  'Suspicious Process',
  'Webshell',
  'Unusual Logon',
  'Suspicious Event',
  'Sensitive File Tampering',
  'Malicious Process',
  'Unusual Network Connection',
  'Other',
  'Suspicious Account',
  'Application intrusion event',
  'Cloud threat detection',
  'Precision defense',
  'Application Whitelist',
  'Persistence',
  'Web Application Threat Detection',
  'Malicious scripts',
  'Threat intelligence',
  'Malicious Network Activity',
  'K8s Abnormal Behavior',
  'Trusted exception',
] as const
export type AlertType = (typeof alertTypes)[number]

/** The ten attack stages, in the order of an attack. */
export const stages = [
  'Attack Portal',
  'Load Delivery',
  'Privilege Escalation',
  'Escape Detection',
  'Permission Maintenance',
  'Lateral Movement',
  'Remote Control',
  'Data Leakage',
  'Trace Clearing',
  'Damage',
] as const
export type Stage = (typeof stages)[number]

/** Alert levels, most serious first. */
export const levels = ['Urgent', 'Warning', 'Notice'] as const
export type Level = (typeof levels)[number]

/** States in the life of an alert. */
export const alertStates = [
  'unhandled',
  'handling',
  'handled',
  'ignored',
  'whitelisted',
  'false positive',
  'expired',
  'auto-blocked',
] as const
export type AlertState = (typeof alertStates)[number]

/** Protection levels bound to an asset, each with all of those before it. */
export const editions = ['Basic', 'Anti-virus', 'Advanced', 'Enterprise'] as const
export type Edition = (typeof editions)[number]

export const assetKinds = ['host', 'container', 'kubernetes', 'cloud'] as const
export type AssetKind = (typeof assetKinds)[number]

/** What an alert is about, besides its asset. */
export const entityKinds = [
  'process',
  'file',
  'address',
  'account',
  'domain',
  'container',
  'url',
  'key',
  'asset',
  'cloud-identity',
  'kubernetes-identity',
  'other',
] as const
export type EntityKind = (typeof entityKinds)[number]

/** Folder name of an alert type: `Application intrusion event` → `application-intrusion-event`. */
export function slugOf(words: string): string {
  return words
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
