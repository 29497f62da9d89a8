/** One question and its answer as it grows: found events first, then the counts over time; both go on until they are whole. */
import type { EventHistogramView } from '@rampart/api'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { type EventFilter, type EventOrder, eventsPage, eventsQuery, histogramQuery } from '../../api/event-queries.ts'

/** Follows one question. `isValid` false asks nothing. */
export function useAnswer(filter: EventFilter, order: EventOrder, isValid: boolean) {
  const client = useQueryClient()
  const question = JSON.stringify([filter, order])
  const [stopped, setStopped] = useState<string | null>(null)
  const [wanted, setWanted] = useState({ question, rows: eventsPage })
  const isStopped = stopped === question
  const list = eventsQuery(filter, order)
  const events = useInfiniteQuery({ ...list, enabled: isValid && !isStopped })
  const isFresh = events.data !== undefined && !events.isPlaceholderData
  const count = histogramQuery(filter)
  const histogram = useInfiniteQuery({ ...count, enabled: isValid && !isStopped && (isFresh || events.isError) })

  const pages = isFresh ? events.data.pages : []
  const rows = pages.reduce((sum, page) => sum + page.items.length, 0)
  const rowsWanted = wanted.question === question ? wanted.rows : eventsPage
  const searchedTo = pages.at(-1)?.searchedTo ?? null
  const isSearching = searchedTo !== null && rows < rowsWanted && !events.isError
  const parts = histogram.data && !histogram.isPlaceholderData ? histogram.data.pages : []
  const isCounting = parts.at(-1)?.nextCursor != null && !histogram.isError

  const { fetchNextPage: searchOn, isFetching: isAsking } = events
  useEffect(() => {
    if (isSearching && !isStopped && !isAsking) void searchOn()
  }, [isSearching, isStopped, isAsking, searchOn])
  const { fetchNextPage: countOn, isFetching: isAdding } = histogram
  useEffect(() => {
    if (isCounting && !isStopped && !isAdding) void countOn()
  }, [isCounting, isStopped, isAdding, countOn])

  return {
    events,
    isFresh,
    isStopped,
    searchedTo,
    /** Work goes on for this question. */
    isWorking: isValid && !isStopped && (events.isFetching || isSearching || histogram.isFetching || isCounting),
    isSearching: isSearching && !isStopped,
    histogram: added(parts.length > 0 ? parts : (histogram.data?.pages ?? [])),
    isCounted: !isCounting,
    /** The server ends what it does for the question; what was found stays. */
    stop() {
      setStopped(question)
      void client.cancelQueries({ queryKey: list.queryKey })
      void client.cancelQueries({ queryKey: count.queryKey })
    },
    goOn() {
      setStopped(null)
    },
    more() {
      setStopped(null)
      setWanted({ question, rows: rows + eventsPage })
      void searchOn()
    },
  }
}

/** Null when there is no part yet. */
function added(parts: readonly EventHistogramView[]): EventHistogramView | null {
  const [first] = parts
  const last = parts.at(-1)
  if (!first || !last) return null
  const counts = first.counts.map((_, step) => parts.reduce((sum, part) => sum + (part.counts[step] ?? 0), 0))
  const damaged = parts.find((part) => part.shortfall && part.shortfall !== 'timeout')
  return {
    ...last,
    counts,
    total: counts.reduce((sum, number) => sum + number, 0),
    shortfall: damaged?.shortfall ?? last.shortfall,
  }
}
