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
    case 'task':
      return checkTaskMessage(message)
    case 'cancel-task':
    case 'task-recorded':
      return isId(message.id) ? { type, id: message.id } : undefined
    default:
      return undefined
  }
}

function checkTaskMessage(message: Record<string, unknown>): ServerMessage | undefined {
  const { issuedAt, expiresAt, expiresInMs } = message
  const task = checkTask(message)
  if (task === undefined || !isCount(issuedAt) || !isCount(expiresAt) || !isCount(expiresInMs)) return undefined
  return { type: 'task', ...task, issuedAt, expiresAt, expiresInMs }
}
