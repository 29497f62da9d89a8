/** Defence items: one switch for each alert type. Off means that its models raise nothing. */
import { type AlertType, alertTypes, slugOf } from '@rampart/event'

export interface DefenceItem {
  /** Slug of the type; permanent. */
  id: string
  type: AlertType
  title: string
  /** What it protects against, one sentence. */
  description: string
  /** A feature that needs settings of its own before it is of use. */
  valueAdded: boolean
  /** Whether it is on until somebody decides. */
  onByDefault: boolean
}

const descriptions: Record<AlertType, string> = {
  'Tamper Protection': 'Keeps files of protected web directories from being added, changed or deleted.',
  'Suspicious Process': 'Reports commands that attackers use: reverse shells, encoded commands, cleaning of traces.',
  Webshell: 'Finds scripts in web directories that let a visitor run commands.',
  'Unusual Logon': 'Reports logons from unexpected places, at unexpected times, and guessing of passwords.',
  'Suspicious Event': 'Reports behaviour of services and programs that fits no other item.',
  'Sensitive File Tampering': 'Watches the files that decide who may log on and which libraries are loaded.',
  'Malicious Process': 'Finds miners, trojans, ransomware and other malicious programs that run.',
  'Unusual Network Connection': 'Reports connections to mining pools, control servers and download sources.',
  Other: 'Reports agents that fall silent and attacks that flood an asset.',
  'Suspicious Account': 'Reports new privileged, hidden or password-less accounts.',
  'Application intrusion event': 'Reports databases, caches and other applications made to run commands.',
  'Cloud threat detection': 'Watches the audit logs of cloud accounts for misuse of keys and settings.',
  'Precision defense': 'Stops and quarantines what is certainly malicious, by itself.',
  'Application Whitelist': 'Learns which programs run on a server and reports or blocks all others.',
  Persistence: 'Reports what attackers leave behind to come back: timers, services, keys, modules.',
  'Web Application Threat Detection': 'Finds attacks on web applications in access logs.',
  'Malicious scripts': 'Reports scripts that download, hide or run malicious code.',
  'Threat intelligence': 'Compares addresses, names and hashes with lists of known bad ones.',
  'Malicious Network Activity': 'Reports intrusion through open services, from network content and logs.',
  'K8s Abnormal Behavior': 'Watches the audit log of Kubernetes clusters for misuse.',
  'Trusted exception': 'Reports system programs that differ from what their package installed.',
}

const valueAdded: readonly AlertType[] = ['Tamper Protection', 'Application Whitelist']
const offByDefault: readonly AlertType[] = [...valueAdded, 'K8s Abnormal Behavior']

/** One for each alert type, in their order. */
export const defenceItems: readonly DefenceItem[] = alertTypes.map((type) => ({
  id: slugOf(type),
  type,
  title: type,
  description: descriptions[type],
  valueAdded: valueAdded.includes(type),
  onByDefault: !offByDefault.includes(type),
}))
