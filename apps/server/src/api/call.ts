/** What a handler of a route gets, and the type that makes every route have one. */
import type { RouteAnswer, RouteName, routes } from '@rampart/api'
import type { z } from 'zod'
import type { AssetScope } from './asset-scope.ts'
import type { MadeFile } from './made-file.ts'
import type { Refused } from './refused.ts'
import type { SignedIn } from './sessions.ts'

type Table = typeof routes
export type Query<Name extends RouteName> = Table[Name] extends { query: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined
export type Body<Name extends RouteName> = Table[Name] extends { body: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined

export interface Call<Name extends RouteName> {
  query: Query<Name>
  body: Body<Name>
  /** The `:id` of the path, or empty. */
  id: string
  address: string
  /** Host name under which the browser reached the console. */
  host: string
  /** Who calls. Public routes have nobody. */
  session: Table[Name]['role'] extends 'public' ? SignedIn | null : SignedIn
  /** What the caller may see; null for everything. */
  scope: AssetScope
  /** Ends when the caller goes away before the answer is sent. */
  signal: AbortSignal
  /** Adds to the row of the audit trail that this call leaves; undefined takes something of the body out. */
  addDetail: (detail: Record<string, unknown>) => void
  /** Sets the session cookie, or removes it with null. */
  setToken: (token: string | null) => void
}

type RouteResult<Name extends RouteName> = Table[Name] extends { download: true } ? MadeFile : RouteAnswer<Name>

export type Handlers = { [Name in RouteName]: (call: Call<Name>) => Promise<RouteResult<Name> | Refused> }
