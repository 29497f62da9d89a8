/** Refusals about the thing asked for: their codes, when they come, an example of what the person reads. */
import type { Refusal } from './refusals.ts'

/** What the thing asked about stands against. */
export const things = {
  'request.not-found': {
    statuses: [404],
    when: 'There is none with this id, or the caller may not see it.',
    message: 'There is no such alert. It may have been removed; reload the list.',
  },
  'alert.not-found': { statuses: [404], when: 'The alert is gone.', message: 'There is no such alert.' },
  'alert.changed': {
    statuses: [409],
    when: 'Somebody else was first; `conflict` says who, and how the alert stands now.',
    message: 'mia was first: handled manually. The alert is handled now. Look at it again, then decide.',
  },
  'alert.not-offered': {
    statuses: [409],
    when: 'The operation does not fit the state of the alert.',
    message: 'The alert is handled already.',
  },
  'alert.note-missing': { statuses: [400], when: 'The note is empty.', message: 'A note needs some text.' },
  'alert.note-not-found': {
    statuses: [409],
    when: 'The note was taken away.',
    message: 'There is no such note any more.',
  },
  'alert.note-not-yours': {
    statuses: [403],
    when: 'Somebody else wrote the note.',
    message: 'Only mia can change this note. Add one of your own.',
  },
  'alert.assignee-missing': {
    statuses: [400],
    when: 'It was not said whom to assign to.',
    message: 'Say whom the alert is for, or null for nobody.',
  },
  'alert.assignee-unknown': {
    statuses: [400],
    when: 'Nobody of that name can handle it.',
    message: 'There is no user mia who can handle alerts. Choose one of the list.',
  },
  'batch.empty': {
    statuses: [400],
    when: 'No alert is left of those chosen.',
    message: 'No alert was chosen, or none is there any more.',
  },
  'batch.not-undoable': {
    statuses: [409],
    when: 'The batch runs, did nothing, or was taken back.',
    message: 'It was taken back already.',
  },
  'incident.not-found': { statuses: [404], when: 'The incident is gone.', message: 'There is no such incident.' },
  'incident.changed': {
    statuses: [409],
    when: 'Somebody else was first.',
    message: 'The incident changed since. Look at it again, then decide.',
  },
  'incident.not-offered': {
    statuses: [409],
    when: 'The operation does not fit the state of the incident.',
    message: 'The incident is closed already.',
  },
  'incident.note-missing': { statuses: [400], when: 'The note is empty.', message: 'A note needs some text.' },
  'incident.note-not-found': {
    statuses: [409],
    when: 'The note was taken away.',
    message: 'There is no such note any more.',
  },
  'incident.note-not-yours': {
    statuses: [403],
    when: 'Somebody else wrote the note.',
    message: 'Only mia can change this note. Add one of your own.',
  },
  'whitelist.expired': {
    statuses: [400],
    when: 'The rule would end before it begins.',
    message: 'The rule would expire before it begins.',
  },
  'whitelist.too-broad': {
    statuses: [400],
    when: 'The rule would hide nearly everything.',
    message: 'The expression matches the empty text, so it matches everything.',
  },
  'whitelist.no-condition': {
    statuses: [400],
    when: 'The rule has no condition, or too many.',
    message: 'A rule has at most 20 conditions.',
  },
  'whitelist.unknown-field': {
    statuses: [400],
    when: 'A condition names a field that there is not.',
    message: 'There is no field process.colour.',
  },
  'whitelist.bad-regex': {
    statuses: [400],
    when: 'A regular expression cannot be used.',
    message: 'The expression cannot be read: missing closing ). Look-around and back-references do not exist here.',
  },
  'filter.name-taken': {
    statuses: [409],
    when: 'Another filter of the caller has the name.',
    message: 'You have a filter with this name already.',
  },
  'filter.too-many': {
    statuses: [409],
    when: 'The caller has as many filters as anybody may have.',
    message: 'You have 100 filters. Delete one first.',
  },
  'asset.group-not-allowed': {
    statuses: [403],
    when: 'Assets would leave the groups that the caller sees.',
    message: 'You may move assets only into the groups that you see yourself.',
  },
  'collection.no-agent': {
    statuses: [409],
    when: 'The asset has no agent of its own.',
    message: 'This server has no agent: its records come through another one. Decide there what is collected.',
  },
  'collection.token-needed': {
    statuses: [400],
    when: 'A receiver on an address other than loopback lacks a token.',
    message: 'HTTP on an address other than loopback needs a token. Make one, and give it to the senders.',
  },
  'edition.not-included': {
    statuses: [409],
    when: 'The edition of the asset does not have the feature.',
    message:
      'This needs the edition Enterprise, and web-1 has Basic. An administrator can change it on the Servers page.',
  },
  'response.not-offered': {
    statuses: [409],
    when: 'The operation does not fit the alert or the asset as it is now.',
    message: 'No agent runs on this asset, so nothing can be done there from here.',
  },
  'uninstall.quarantine': {
    statuses: [409],
    when: 'Files in quarantine on the host would be destroyed with its agent, and nobody agreed to that.',
    message: '3 files are in quarantine there and would be destroyed. Restore them first, or agree to that.',
  },
  'response.no-such-target': {
    statuses: [409],
    when: 'The evidence does not name the process, file or address.',
    message: 'The evidence of this alert does not name that. Reload the alert, then choose again.',
  },
  'response.no-plan': {
    statuses: [409],
    when: 'There is no finished plan of a deep cleanup.',
    message: 'There is no finished plan to carry out.',
  },
  'response.no-such-part': {
    statuses: [409],
    when: 'The plan lacks one of the parts.',
    message: 'The plan does not have all of these parts. Make it anew.',
  },
  'operation.ended': {
    statuses: [409],
    when: 'Nothing of the operation waits any more.',
    message: 'All of its tasks have ended.',
  },
  'operation.not-undoable': {
    statuses: [409],
    when: 'The operation cannot be undone, or was.',
    message: 'None of these can be undone.',
  },
  'quarantine.not-there': {
    statuses: [409],
    when: 'The file is not in quarantine any more, or something is under way with it.',
    message: 'The file is restored. Reload the list.',
  },
  'address.invalid': {
    statuses: [400],
    when: 'The text is no address and no range.',
    message: '"192.0.2" is no IP address and no range (CIDR).',
  },
  'address.protected': {
    statuses: [409],
    when: 'Blocking the address would cut off who must never be cut off.',
    message: '192.0.2.1 is an approved address: it is never blocked.',
  },
  'ip-rule.exists': {
    statuses: [409],
    when: 'A rule in force blocks the address there already, and it was not said whether to extend it.',
    message:
      '192.0.2.7 is blocked there already, by a rule of mia until 2026-01-02T03:04:05.000Z. Extend that rule, or make a second one beside it.',
  },
  'ip-rule.not-found': { statuses: [404], when: 'The rule is gone.', message: 'There is no such rule any more.' },
  'brute-force.invalid-choice': {
    statuses: [400],
    when: 'A value is none of those to choose from.',
    message: 'One of the values is not among those to choose from.',
  },
  'settings.unknown-name': {
    statuses: [400],
    when: 'There is no such setting.',
    message: 'There is no setting "sessions.idleMinuts". Did you mean sessions.idleMinutes?',
  },
  'settings.invalid-value': {
    statuses: [400],
    when: 'The value does not fit the setting.',
    message: 'sessions.idleMinutes must be a whole number from 5 to 10080 (minutes).',
  },
  'settings.file-only': {
    statuses: [409],
    when: 'Only rampart.yml can say it.',
    message: 'server.listen is needed before anybody signs in. Set it in rampart.yml, then restart the server.',
  },
  'settings.pinned': {
    statuses: [409],
    when: 'rampart.yml says it, and comes first.',
    message: 'sessions.idleMinutes is set by rampart.yml:2:3. Change it there, then run "rampart reload".',
  },
} as const satisfies Record<string, Refusal>
