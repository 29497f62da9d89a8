/** Event path → kind of entity whose value it holds. */
import type { EntityKind } from '@rampart/event'

const rows: readonly (readonly [RegExp, EntityKind])[] = [
  [/^(source|destination)\.address$/, 'address'],
  [/^(source|destination)\.domain$|^question\.name$/, 'domain'],
  [/^(user|account|targetUser|process\.user|process\.parent\.user)\./, 'account'],
  [/^(process|target|memory)\b/, 'process'],
  [/^(file|module)\.|^previousPath$/, 'file'],
  [/^container\./, 'container'],
  [/^web\./, 'url'],
  [/^key$/, 'key'],
  [/^asset\./, 'asset'],
]

/** The kind for a path, or undefined where a rule must state it (fields of cloud, Kubernetes and log records). */
export function entityKindOf(path: string): EntityKind | undefined {
  return rows.find(([pattern]) => pattern.test(path))?.[1]
}
