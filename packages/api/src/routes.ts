/** All routes of the HTTP API in one table: the server implements it, the console calls it, the reference is generated from it. */
import { z } from 'zod'
import { alertDetail, alertFacets, alertFilter, alertPage, alertQuery, handlingRequest, summary } from './alerts.ts'
import { assetDetail, assetPage, assetQuery, banner, enrolmentToken } from './assets.ts'
import { defenceItem, modelDetail, modelList } from './models.ts'
import { credentials, passwordChange, session } from './session.ts'

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  summary: string
  /** Least role; `public` needs no session. */
  role: 'public' | 'viewer' | 'analyst' | 'responder' | 'administrator'
  query?: z.ZodType
  body?: z.ZodType
  response: z.ZodType
}

const nothing = z.object({ ok: z.literal(true) })
const items = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) })

export const routes = {
  signIn: {
    method: 'POST',
    path: '/api/v1/session',
    summary: 'Sign in',
    role: 'public',
    body: credentials,
    response: session,
  },
  getSession: {
    method: 'GET',
    path: '/api/v1/session',
    summary: 'Who is signed in',
    role: 'viewer',
    response: session,
  },
  signOut: { method: 'DELETE', path: '/api/v1/session', summary: 'Sign out', role: 'viewer', response: nothing },
  changePassword: {
    method: 'PUT',
    path: '/api/v1/session/password',
    summary: 'Change own password',
    role: 'viewer',
    body: passwordChange,
    response: session,
  },
  getSummary: {
    method: 'GET',
    path: '/api/v1/summary',
    summary: 'The numbers on top of the Alerts page',
    role: 'viewer',
    response: summary,
  },
  listAlerts: {
    method: 'GET',
    path: '/api/v1/alerts',
    summary: 'List alerts',
    role: 'viewer',
    query: alertQuery,
    response: alertPage,
  },
  alertFacets: {
    method: 'GET',
    path: '/api/v1/alerts/facets',
    summary: 'Counts per filter value',
    role: 'viewer',
    query: alertFilter,
    response: alertFacets,
  },
  getAlert: {
    method: 'GET',
    path: '/api/v1/alerts/:id',
    summary: 'Details of one alert',
    role: 'viewer',
    response: alertDetail,
  },
  handleAlert: {
    method: 'POST',
    path: '/api/v1/alerts/:id/handling',
    summary: 'Handle an alert',
    role: 'analyst',
    body: handlingRequest,
    response: alertDetail,
  },
  listAssets: {
    method: 'GET',
    path: '/api/v1/assets',
    summary: 'List assets',
    role: 'viewer',
    query: assetQuery,
    response: assetPage,
  },
  getAsset: {
    method: 'GET',
    path: '/api/v1/assets/:id',
    summary: 'Details of one asset',
    role: 'viewer',
    response: assetDetail,
  },
  listBanners: {
    method: 'GET',
    path: '/api/v1/banners',
    summary: 'What does not work, and what to do',
    role: 'viewer',
    response: items(banner),
  },
  createEnrolmentToken: {
    method: 'POST',
    path: '/api/v1/enrolment-tokens',
    summary: 'Make a token that enrols one or more agents',
    role: 'administrator',
    body: z.object({
      uses: z.number().int().min(1).max(1000).default(1),
      minutes: z.number().int().min(1).max(10080).default(60),
    }),
    response: enrolmentToken,
  },
  listModels: {
    method: 'GET',
    path: '/api/v1/models',
    summary: 'List threat detection models',
    role: 'viewer',
    response: modelList,
  },
  getModel: {
    method: 'GET',
    path: '/api/v1/models/:id',
    summary: 'Details of one model',
    role: 'viewer',
    response: modelDetail,
  },
  switchModel: {
    method: 'PATCH',
    path: '/api/v1/models/:id',
    summary: 'Switch a model on or off',
    role: 'administrator',
    body: z.object({ enabled: z.boolean() }),
    response: modelDetail,
  },
  listDefenceItems: {
    method: 'GET',
    path: '/api/v1/defence-items',
    summary: 'List defence items',
    role: 'viewer',
    response: items(defenceItem),
  },
  switchDefenceItem: {
    method: 'PATCH',
    path: '/api/v1/defence-items/:id',
    summary: 'Switch a defence item on or off',
    role: 'administrator',
    body: z.object({ enabled: z.boolean() }),
    response: defenceItem,
  },
} as const satisfies Record<string, Route>

export type RouteName = keyof typeof routes

/** What a caller may send as the query of a route; `undefined` when it takes none. */
export type RouteQuery<Name extends RouteName> = (typeof routes)[Name] extends { query: infer Schema extends z.ZodType }
  ? z.input<Schema>
  : undefined
/** What a caller sends as the body of a route; `undefined` when it takes none. */
export type RouteBody<Name extends RouteName> = (typeof routes)[Name] extends { body: infer Schema extends z.ZodType }
  ? z.input<Schema>
  : undefined
/** What a route answers. */
export type RouteAnswer<Name extends RouteName> = z.output<(typeof routes)[Name]['response']>
