/** One audit.k8s.io Event of a Kubernetes API server → `kubernetes.called`. Pure; never throws. */
import { clip, type Decoded, endpointOf, type InstantBefore, instantAmong } from '../draft.ts'

type Row = Record<string, unknown>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether a record looks like one audit event. */
export function isKubernetesAudit(row: Row): boolean {
  return typeof row.auditID === 'string' || (row.kind === 'Event' && String(row.apiVersion).startsWith('audit.k8s.io/'))
}

/**
 * Decodes one audit event. Every stage of a call (RequestReceived, ResponseStarted, ResponseComplete, Panic) is a
 * record of its own, as `fields.stage` says. The log does not name its cluster, so the caller gives the asset.
 */
export function decodeKubernetesAudit(row: unknown, before: InstantBefore): Decoded {
  if (!isRow(row)) return { ok: false, code: 'decode.not-an-object' }
  if (!isKubernetesAudit(row)) return { ok: false, code: 'decode.not-kubernetes-audit' }
  const at = instantAmong([row.stageTimestamp, row.requestReceivedTimestamp, row.timestamp])
  const user = isRow(row.user) && typeof row.user.username === 'string' ? row.user.username : undefined
  const first: unknown = Array.isArray(row.sourceIPs) ? row.sourceIPs[0] : undefined
  const source = typeof first === 'string' ? endpointOf(first) : undefined
  return {
    ok: true,
    ...(at === undefined ? { undated: true } : {}),
    drafts: [
      {
        type: 'kubernetes.called',
        at: at ?? before(),
        ...(user === undefined ? {} : { user: { name: clip(user, 256) } }),
        ...(source === undefined ? {} : { source }),
        fields: row,
      },
    ],
  }
}
