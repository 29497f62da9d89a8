/** Which edition raises which alerts, and has which features. An edition has all of those before it. */
import { type AlertType, type Edition, editions, type Level } from '@rampart/event'

/** The least edition whose assets raise alerts of a type. */
export const editionOfType: Readonly<Record<AlertType, Edition>> = {
  'Unusual Logon': 'Basic',
  Other: 'Basic',
  Webshell: 'Basic',
  // Features that are switched on by themselves belong to every edition.
  'Tamper Protection': 'Basic',
  'Application Whitelist': 'Basic',
  'Malicious Process': 'Anti-virus',
  'Precision defense': 'Anti-virus',
  'Suspicious Process': 'Advanced',
  'Suspicious Event': 'Advanced',
  'Sensitive File Tampering': 'Advanced',
  'Unusual Network Connection': 'Advanced',
  'Suspicious Account': 'Advanced',
  'Application intrusion event': 'Advanced',
  Persistence: 'Advanced',
  'Web Application Threat Detection': 'Advanced',
  'Malicious scripts': 'Advanced',
  'Threat intelligence': 'Advanced',
  'Malicious Network Activity': 'Advanced',
  'Trusted exception': 'Advanced',
  'Cloud threat detection': 'Enterprise',
  'K8s Abnormal Behavior': 'Enterprise',
}

/** What an edition has besides alert types. */
export const editionOfFeature = {
  'brute-force defence': 'Advanced',
  'attack source tracing': 'Enterprise',
} as const satisfies Record<string, Edition>
export type EditionFeature = keyof typeof editionOfFeature

/** True when `edition` is `least` or more. */
export function reaches(edition: Edition, least: Edition): boolean {
  return editions.indexOf(edition) >= editions.indexOf(least)
}

/** The least edition that raises a finding. Below Anti-virus only the certain webshells are reported. */
export function leastEdition(finding: { type: AlertType; level: Level; edition?: Edition }): Edition {
  const ofType = finding.type === 'Webshell' && finding.level !== 'Urgent' ? 'Anti-virus' : editionOfType[finding.type]
  return finding.edition && reaches(finding.edition, ofType) ? finding.edition : ofType
}

export function hasFeature(edition: Edition, feature: EditionFeature): boolean {
  return reaches(edition, editionOfFeature[feature])
}
