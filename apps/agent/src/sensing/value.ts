/** How much an event is worth when not all can be kept: the table that decides what goes first. */

/** 0 low, 1 normal, 2 high. What is low is dropped first, within that the oldest. */
export type Value = 0 | 1 | 2

const high = new Set([
  'account.changed',
  'agent.state-changed',
  'logon.attempted',
  'memory-file.created',
  'module.loaded',
  'network.alerted',
  'privilege.used',
  'process.accessed',
  'process.started',
])
const low = new Set(['audit.recorded', 'log.recorded', 'logon.ended', 'process.ended'])

export const eventValue = (type: string): Value => (high.has(type) ? 2 : low.has(type) ? 0 : 1)
