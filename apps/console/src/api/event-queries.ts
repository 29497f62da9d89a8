/** What the Search page and the Overview read about events. Answers come in parts: each within a second, however much there is. */
import type { RouteQuery } from '@rampart/api'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call } from './client.ts'

export type EventFilter = Pick<NonNullable<RouteQuery<'searchEvents'>>, 'q' | 'from' | 'to'>
export type EventOrder = NonNullable<NonNullable<RouteQuery<'searchEvents'>>['order']>

/** Events on one page. */
export const eventsPage = 100
/** After this time the server answers with what it has. */
const waitMs = 500

export const eventsQuery = (filter: EventFilter, order: EventOrder) =>
  infiniteQueryOptions({
    queryKey: ['events', 'list', filter, order],
    queryFn: ({ pageParam, signal }) => {
      const page = { order, waitMs, limit: eventsPage, ...(pageParam ? { cursor: pageParam } : {}) }
      return call('searchEvents', { query: { ...filter, ...page }, signal })
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  })

/** The counts of all parts are added up. */
export const histogramQuery = (filter: EventFilter) =>
  infiniteQueryOptions({
    queryKey: ['events', 'histogram', filter],
    queryFn: ({ pageParam, signal }) => {
      const part = { waitMs, buckets: 96, ...(pageParam ? { cursor: pageParam } : {}) }
      return call('eventHistogram', { query: { ...filter, ...part }, signal })
    },
    initialPageParam: '',
    getNextPageParam: (part) => part.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  })

export const eventValuesQuery = (filter: EventFilter, field: string, prefix: string) =>
  queryOptions({
    queryKey: ['events', 'values', filter, field, prefix],
    queryFn: ({ signal }) =>
      call('eventValues', {
        query: { from: filter.from, to: filter.to, field, prefix } as RouteQuery<'eventValues'>,
        signal,
      }),
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  })

export const eventArchiveQuery = queryOptions({
  queryKey: ['events', 'archive'],
  queryFn: ({ signal }) => call('getEventArchive', { signal }),
  refetchInterval: 60_000,
})

export const statisticsQuery = (days: number) =>
  queryOptions({
    queryKey: ['statistics', days],
    queryFn: ({ signal }) => call('getStatistics', { query: { days }, signal }),
    refetchInterval: 60_000,
  })
