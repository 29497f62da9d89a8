/**
 * Bytes from the server in, a known message or undefined out. Checked by hand and not with the zod schema of
 * packages/api, which would cost the agent a third of its memory; a test holds the two together.
 */
import type { ServerMessage } from '@rampart/api'
import { checkTask, idPattern } from '@rampart/response/task'
import { decode } from '../msgpack.ts'

/** As in packages/api. */
export const protocolVersion = 1
export const maxMessageBytes = 16 * 1024 * 1024

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
const isId = (value: unknown): value is string => typeof value === 'string' && idPattern.test(value)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Never throws. Unknown types and wrong fields give undefined. */
export function parseServerMessage(bytes: Uint8Array): ServerMessage | undefined {
  let message: unknown
  try {
    message = decode(bytes)
  } catch {
    return undefined
  }
  return isObject(message) ? checkServerMessage(message) : undefined
}

export function checkServerMessage(message: Record<string, unknown>): ServerMessage | undefined {
  const { type, assetId, acknowledged, heartbeatMs, policy, sequence, pauseMs } = message
  switch (type) {
    case 'welcome':
      if (typeof assetId !== 'string' || !isCount(acknowledged) || !isObject(policy)) return undefined
      if (!isCount(heartbeatMs) || heartbeatMs === 0) return undefined
      return { type, assetId, acknowledged, heartbeatMs, policy }
    case 'acknowledge':
      return isCount(sequence) && sequence > 0 ? { type, sequence } : undefined
    case 'policy':
      return isObject(policy) ? { type, policy } : undefined
    case 'slow-down':
      return isCount(pauseMs) ? { type, pauseMs } : undefined
    case 'inventory-known':
      return checkInventoryKnown(message)
    case 'task':
      return checkTaskMessage(message)
    case 'cancel-task':
    case 'task-recorded':
      return isId(message.id) ? { type, id: message.id } : undefined
    default:
      return undefined
  }
}

const kindPattern = /^[a-z-]{1,32}$/
const digestPattern = /^[0-9a-f]{32}$/

function checkInventoryKnown({ digests, about }: Record<string, unknown>): ServerMessage | undefined {
  if (!isObject(digests) || (about !== undefined && (typeof about !== 'string' || !kindPattern.test(about))))
    return undefined
  const entries = Object.entries(digests)
  if (entries.length > 64) return undefined
  for (const [kind, digest] of entries)
    if (!kindPattern.test(kind) || typeof digest !== 'string' || !digestPattern.test(digest)) return undefined
  return { type: 'inventory-known', digests, about } as ServerMessage
}

function checkTaskMessage(message: Record<string, unknown>): ServerMessage | undefined {
  const { issuedAt, expiresAt, expiresInMs } = message
  const task = checkTask(message)
  if (task === undefined || !isCount(issuedAt) || !isCount(expiresAt) || !isCount(expiresInMs)) return undefined
  return { type: 'task', ...task, issuedAt, expiresAt, expiresInMs }
}
