/** Filters as the API takes them → filters of the store. */
import type { AlertFilter, AssetScope } from '@rampart/alert'
import type { Query } from './call.ts'

/** `me` is the caller, whom `@me` names. */
export function toFilter(
  { from, to, assignee, ...filter }: Query<'alertFacets'>,
  me: string,
  scope: AssetScope,
): AlertFilter {
  return {
    ...filter,
    scope,
    ...(assignee && { assignee: assignee.map((name) => (name === '@nobody' ? null : name === '@me' ? me : name)) }),
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
  }
}
