/** What is read around an alert, and incidents: one query per route. */
import type { RouteQuery } from '@rampart/api'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { call } from './client.ts'

export type TimelineFilter = Omit<NonNullable<RouteQuery<'getTimeline'>>, 'cursor' | 'limit'>
export type IncidentFilter = Omit<NonNullable<RouteQuery<'listIncidents'>>, 'cursor' | 'limit'>

/** How soon an answer that lacks the newest events is asked for again. */
const behindMs = 3_000

/** Below the key of the alert, so that they are read anew with it. */
export const treeQuery = (id: string) =>
  queryOptions({
    queryKey: ['alert', id, 'tree'],
    queryFn: ({ signal }) => call('getProcessTree', { id, query: {}, signal }),
    staleTime: 30_000,
    refetchInterval: ({ state }) => (state.data?.shortfall === 'behind' ? behindMs : false),
  })

export const treeChildrenQuery = (id: string, of: string) =>
  infiniteQueryOptions({
    queryKey: ['alert', id, 'tree', of],
    queryFn: ({ pageParam, signal }) =>
      call('getProcessTree', { id, query: { of, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    staleTime: 30_000,
  })

export const timelineQuery = (id: string, filter: TimelineFilter) =>
  infiniteQueryOptions({
    queryKey: ['alert', id, 'timeline', filter],
    queryFn: ({ pageParam, signal }) =>
      call('getTimeline', {
        id,
        query: { ...filter, limit: 200, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    refetchInterval: ({ state }) => (state.data?.pages[0]?.shortfall === 'behind' ? behindMs : false),
  })

/** The graph of an alert or of an incident, with these nodes expanded. */
export const graphQuery = (of: 'alert' | 'incident', id: string, expand: readonly string[], limit: number) =>
  queryOptions({
    queryKey: [of, id, 'graph', expand, limit],
    queryFn: ({ signal }) => {
      const query = { expand: [...expand], limit }
      return of === 'alert'
        ? call('getAlertGraph', { id, query, signal })
        : call('getIncidentGraph', { id, query, signal })
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    refetchInterval: ({ state }) => (state.data?.shortfall === 'behind' ? behindMs : false),
  })

export const incidentsQuery = (filter: IncidentFilter) =>
  infiniteQueryOptions({
    queryKey: ['incidents', 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      call('listIncidents', { query: { ...filter, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  })

export const incidentQuery = (id: string) =>
  queryOptions({ queryKey: ['incident', id], queryFn: ({ signal }) => call('getIncident', { id, signal }) })
