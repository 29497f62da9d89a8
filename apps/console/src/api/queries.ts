/** What the pages read: one query per route, with its key, so that the live stream can renew exactly what changed. */
import type { RouteQuery } from '@rampart/api'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call, setCsrfToken } from './client.ts'

export type AlertFilter = Omit<NonNullable<RouteQuery<'alertFacets'>>, 'from' | 'to'> & {
  /** Only alerts seen within this many milliseconds before now; kept relative so that the view moves with time. */
  withinMs?: number
}
export type AlertSort = NonNullable<NonNullable<RouteQuery<'listAlerts'>>['sort']>
export type AlertOrder = 'asc' | 'desc'
export type AssetFilter = NonNullable<RouteQuery<'listAssets'>>

const absolute = ({ withinMs, ...filter }: AlertFilter) =>
  withinMs ? { ...filter, from: new Date(Date.now() - withinMs).toISOString() } : filter

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => {
    const session = await call('getSession', { signal })
    setCsrfToken(session.csrfToken)
    return session
  },
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
})

export const summaryQuery = queryOptions({
  queryKey: ['summary'],
  queryFn: ({ signal }) => call('getSummary', { signal }),
  refetchInterval: 60_000,
})

export const alertsQuery = (filter: AlertFilter, sort: AlertSort, order: AlertOrder) =>
  infiniteQueryOptions({
    queryKey: ['alerts', 'list', filter, sort, order],
    queryFn: ({ pageParam, signal }) =>
      call('listAlerts', {
        query: { ...absolute(filter), sort, order, limit: 100, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })

export const facetsQuery = (filter: AlertFilter) =>
  queryOptions({
    queryKey: ['alerts', 'facets', filter],
    queryFn: ({ signal }) => call('alertFacets', { query: absolute(filter), signal }),
    placeholderData: keepPreviousData,
  })

export const alertQuery = (id: string) =>
  queryOptions({ queryKey: ['alert', id], queryFn: ({ signal }) => call('getAlert', { id, signal }) })

/** Alerts for the command palette and for other pages: one short page. */
export const alertSearchQuery = (query: NonNullable<RouteQuery<'listAlerts'>>) =>
  queryOptions({
    queryKey: ['alerts', 'search', query],
    queryFn: ({ signal }) => call('listAlerts', { query, signal }),
    placeholderData: keepPreviousData,
  })

export const assetsQuery = (filter: AssetFilter = {}) =>
  queryOptions({
    queryKey: ['assets', 'list', filter],
    queryFn: ({ signal }) => call('listAssets', { query: filter, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  })

export const assetQuery = (id: string) =>
  queryOptions({
    queryKey: ['assets', 'one', id],
    queryFn: ({ signal }) => call('getAsset', { id, signal }),
    refetchInterval: 15_000,
  })

export const bannersQuery = queryOptions({
  queryKey: ['banners'],
  queryFn: ({ signal }) => call('listBanners', { signal }),
  refetchInterval: 60_000,
})

export const modelsQuery = queryOptions({
  queryKey: ['models', 'list'],
  queryFn: ({ signal }) => call('listModels', { signal }),
  staleTime: 30_000,
})

export const modelQuery = (id: string) =>
  queryOptions({ queryKey: ['models', 'one', id], queryFn: ({ signal }) => call('getModel', { id, signal }) })

export const notificationChannelsQuery = queryOptions({
  queryKey: ['notification-channels', 'list'],
  queryFn: ({ signal }) => call('listNotificationChannels', { signal }),
  refetchInterval: 10_000,
})

export const notificationDeliveriesQuery = (id: string) =>
  queryOptions({
    queryKey: ['notification-channels', 'deliveries', id],
    queryFn: ({ signal }) => call('listNotificationDeliveries', { id, signal }),
    refetchInterval: 10_000,
  })

export const defenceItemsQuery = queryOptions({
  queryKey: ['defence-items'],
  queryFn: ({ signal }) => call('listDefenceItems', { signal }),
})
