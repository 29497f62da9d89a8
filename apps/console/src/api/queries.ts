/** What the pages read: one query per route, with its key, so that the live stream can renew exactly what changed. */
import type { RouteBody, RouteQuery, SavedFilter } from '@rampart/api'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call, setCsrfToken } from './client.ts'

export type AlertFilter = NonNullable<RouteQuery<'alertFacets'>> & {
  /** Only alerts seen within this many milliseconds before now; kept relative so that the view moves with time. */
  withinMs?: number
}
export type AlertSort = NonNullable<NonNullable<RouteQuery<'listAlerts'>>['sort']>
export type AlertOrder = 'asc' | 'desc'
export type AssetFilter = NonNullable<RouteQuery<'listAssets'>>

/** The filter as the API takes it, now. */
export const absolute = ({ withinMs, ...filter }: AlertFilter) =>
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

export const usersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: ({ signal }) => call('listUsers', { signal }),
})

/** Newest rows first. */
export const auditQuery = (filter: NonNullable<RouteQuery<'listAudit'>>) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) =>
      call('listAudit', { query: { ...filter, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
    initialPageParam: 0,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })

/** Names of those who can handle alerts. */
export const assigneesQuery = queryOptions({
  queryKey: ['assignees'],
  queryFn: ({ signal }) => call('listAssignees', { signal }),
})

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => call('listSettings', { signal }),
})

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: ({ signal }) => call('getAccount', { signal }),
})

export const ownSessionsQuery = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: ({ signal }) => call('listOwnSessions', { signal }),
})

export const tokensQuery = queryOptions({
  queryKey: ['account', 'tokens'],
  queryFn: ({ signal }) => call('listTokens', { signal }),
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

/** What agents can do about an alert, and what was done. */
export const responsesQuery = (alertId: string) =>
  queryOptions({
    queryKey: ['responses', alertId],
    queryFn: ({ signal }) => call('getAlertResponses', { id: alertId, signal }),
  })

export const operationsQuery = (filter: Omit<NonNullable<RouteQuery<'listOperations'>>, 'cursor'>) =>
  infiniteQueryOptions({
    queryKey: ['operations', 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      call('listOperations', { query: { ...filter, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })

export const quarantineQuery = (filter: Omit<NonNullable<RouteQuery<'listQuarantine'>>, 'cursor'>) =>
  infiniteQueryOptions({
    queryKey: ['quarantine', 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      call('listQuarantine', { query: { ...filter, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })

export const ipRulesQuery = (filter: NonNullable<RouteQuery<'listIpRules'>>) =>
  queryOptions({
    queryKey: ['ip-rules', 'list', filter],
    queryFn: ({ signal }) => call('listIpRules', { query: filter, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  })

export const approvedAddressesQuery = queryOptions({
  queryKey: ['ip-rules', 'approved'],
  queryFn: ({ signal }) => call('listApprovedAddresses', { signal }),
})

export const bruteForceQuery = queryOptions({
  queryKey: ['ip-rules', 'brute-force'],
  queryFn: ({ signal }) => call('getBruteForceRules', { signal }),
})

export const assetsQuery = (filter: AssetFilter = {}) =>
  queryOptions({
    queryKey: ['assets', 'list', filter],
    queryFn: ({ signal }) => call('listAssets', { query: filter, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  })

export const assetPagesQuery = (filter: AssetFilter) =>
  infiniteQueryOptions({
    queryKey: ['assets', 'pages', filter],
    queryFn: ({ pageParam, signal }) =>
      call('listAssets', { query: { ...filter, limit: 200, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  })

export const assetQuery = (id: string) =>
  queryOptions({
    queryKey: ['assets', 'one', id],
    queryFn: ({ signal }) => call('getAsset', { id, signal }),
    refetchInterval: 15_000,
  })

export const inventoryQuery = (id: string) =>
  queryOptions({
    queryKey: ['assets', 'inventory', id],
    queryFn: ({ signal }) => call('getInventory', { id, signal }),
    refetchInterval: 15_000,
  })

type ThingFilter = Omit<NonNullable<RouteQuery<'listInventoryThings'>>, 'cursor'>
export const inventoryThingsQuery = (id: string, filter: ThingFilter) =>
  infiniteQueryOptions({
    queryKey: ['assets', 'inventory', id, 'things', filter],
    queryFn: ({ pageParam, signal }) =>
      call('listInventoryThings', { id, query: { ...filter, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })

type ChangeFilter = Omit<NonNullable<RouteQuery<'listInventoryChanges'>>, 'cursor'>
export const inventoryChangesQuery = (id: string, filter: ChangeFilter) =>
  infiniteQueryOptions({
    queryKey: ['assets', 'inventory', id, 'changes', filter],
    queryFn: ({ pageParam, signal }) =>
      call('listInventoryChanges', { id, query: { ...filter, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
  })

export const inventorySearchQuery = (query: Omit<NonNullable<RouteQuery<'searchInventory'>>, 'cursor'>) =>
  infiniteQueryOptions({
    queryKey: ['assets', 'inventory-search', query],
    queryFn: ({ pageParam, signal }) =>
      call('searchInventory', { query: { ...query, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  })

export const collectionQuery = (id: string) =>
  queryOptions({
    queryKey: ['collection', id],
    queryFn: ({ signal }) => call('getCollection', { id, signal }),
  })

/** Followed closely: a new server is waited for. */
export const enrolmentTokenQuery = (id: string) =>
  queryOptions({
    queryKey: ['enrolment-token', id],
    queryFn: ({ signal }) => call('getEnrolmentToken', { id, signal }),
    refetchInterval: 2_000,
    retry: false,
  })

export const enrolmentTokensQuery = queryOptions({
  queryKey: ['enrolment-tokens'],
  queryFn: ({ signal }) => call('listEnrolmentTokens', { signal }),
  refetchInterval: 10_000,
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

export const batchQuery = (id: string) =>
  queryOptions({ queryKey: ['batch', id], queryFn: ({ signal }) => call('getBatch', { id, signal }) })

export const batchItemsQuery = (id: string, outcome: 'refused' | 'changed') =>
  queryOptions({
    queryKey: ['batch', id, 'items', outcome],
    queryFn: ({ signal }) => call('listBatchItems', { id, query: { outcome, limit: 100 }, signal }),
  })

export const similarQuery = (id: string) =>
  queryOptions({ queryKey: ['alert', id, 'similar'], queryFn: ({ signal }) => call('similarAlerts', { id, signal }) })

export const savedFiltersQuery = (page: SavedFilter['page']) =>
  queryOptions({
    queryKey: ['saved-filters', page],
    queryFn: ({ signal }) => call('listSavedFilters', { query: { page }, signal }),
    staleTime: 60_000,
  })

export const whitelistRulesQuery = queryOptions({
  queryKey: ['whitelist-rules'],
  queryFn: ({ signal }) => call('listWhitelistRules', { signal }),
  refetchInterval: 30_000,
})

export const whitelistFieldsQuery = (alertId: string) =>
  queryOptions({
    queryKey: ['alert', alertId, 'whitelist-fields'],
    queryFn: ({ signal }) => call('whitelistFields', { id: alertId, signal }),
  })

export const whitelistPreviewQuery = (pattern: NonNullable<RouteBody<'previewWhitelistRule'>>) =>
  queryOptions({
    queryKey: ['whitelist-preview', pattern],
    queryFn: ({ signal }) => call('previewWhitelistRule', { body: pattern, signal }),
    placeholderData: keepPreviousData,
    retry: false,
  })
