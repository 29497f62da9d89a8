/** What a handler of a route gets, and the type that makes every route have one. */
import type { RouteAnswer, RouteName, routes } from '@rampart/api'
import type { z } from 'zod'
import type { AssetScope } from './asset-scope.ts'
import type { SignedIn, TokenCaller } from './caller.ts'
import type { MadeFile } from './made-file.ts'
import type { Refused } from './refused.ts'

type Table = typeof routes
export type Query<Name extends RouteName> = Table[Name] extends { query: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined
type Body<Name extends RouteName> = Table[Name] extends { body: infer Schema extends z.ZodType }
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
  /** The User-Agent header. */
  browser: string
  /** Who calls: nobody for public routes, never a token for personal ones. */
  session: Table[Name]['role'] extends 'public'
    ? SignedIn | null
    : Table[Name] extends { personal: true }
      ? SignedIn
      : SignedIn | TokenCaller
  /** What the caller may see; null for everything. */
  scope: AssetScope
  /** Ends when the caller goes away before the answer is sent. */
  signal: AbortSignal
  /** Adds to the row of the audit trail that this call leaves; undefined takes something of the body out. */
  addDetail: (detail: Record<string, unknown>) => void
  /** By which this browser is known since an earlier sign-in. */
  browserToken: string | undefined
  setBrowserToken: (token: string) => void
  /** Sets the session cookie, or removes it with null. */
  setToken: (token: string | null) => void
}

type RouteResult<Name extends RouteName> = Table[Name] extends { download: true } ? MadeFile : RouteAnswer<Name>

export type Handlers = { [Name in RouteName]: (call: Call<Name>) => Promise<RouteResult<Name> | Refused> }
