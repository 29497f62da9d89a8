/** One record of a cloud audit log (AWS CloudTrail, Alibaba Cloud ActionTrail) → `cloud.called`. Pure; never throws. */
import type { Asset } from '@rampart/event'
import { clip, type Decoded, endpointOf, type InstantBefore, instantAmong } from '../draft.ts'

type Row = Record<string, unknown>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)
const textOf = (value: unknown) =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

/** The account on which it happened, as an asset. */
function account(id: string | undefined): Asset {
  const known = id ?? 'unknown'
  return { id: known.slice(0, 128), name: known.slice(0, 256), kind: 'cloud' }
}

/** Who called: the user's name, the role session, `root`, or the service. */
function callerOf(identity: Row): string | undefined {
  const type = textOf(identity.type)
  if (type === 'Root' || type === 'root-account') return 'root'
  const arn = textOf(identity.arn)
  return (
    textOf(identity.userName) ??
    arn?.slice(arn.lastIndexOf('/') + 1) ??
    textOf(identity.invokedBy) ??
    textOf(identity.principalId)
  )
}

/** Whether the record is of CloudTrail, of ActionTrail, or of neither. */
export function cloudProvider(row: Row): 'aws' | 'alibaba' | undefined {
  if (textOf(row.eventName) === undefined || textOf(row.eventTime) === undefined) return undefined
  if ('acsRegion' in row || 'sourceIpAddress' in row || 'eventRW' in row || 'serviceName' in row) return 'alibaba'
  return 'eventSource' in row || 'awsRegion' in row ? 'aws' : undefined
}

/** Decodes one audit record; `fields` of the event is the record as delivered. */
export function decodeCloudRecord(row: unknown, before: InstantBefore): Decoded {
  if (!isRow(row)) return { ok: false, code: 'decode.not-an-object' }
  const provider = cloudProvider(row)
  if (!provider) return { ok: false, code: 'decode.not-cloud-audit' }
  const at = instantAmong([row.eventTime])
  const identity = isRow(row.userIdentity) ? row.userIdentity : {}
  const caller = callerOf(identity)
  const source = endpointOf(textOf(provider === 'aws' ? row.sourceIPAddress : row.sourceIpAddress))
  const owner = textOf(row.recipientAccountId) ?? textOf(identity.accountId)
  return {
    ok: true,
    asset: account(owner),
    ...(at === undefined ? { undated: true } : {}),
    drafts: [
      {
        type: 'cloud.called',
        at: at ?? before(),
        provider,
        ...(caller === undefined ? {} : { user: { name: clip(caller, 256) } }),
        ...(source === undefined ? {} : { source }),
        fields: row,
      },
    ],
  }
}
