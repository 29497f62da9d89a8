/** The rows of the list: pages from the server, changed in place by the live stream, new ones held back while in the way. */
import type { AlertRow, RouteAnswer } from '@rampart/api'
import { hashKey, type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useLive } from '../../api/live.tsx'
import { alertsQuery } from '../../api/queries.ts'
import { matchesSearch } from './match.ts'
import { type AlertSearch, filterOf } from './search.ts'

type Pages = InfiniteData<RouteAnswer<'listAlerts'>, string>
/** How long a row that came by the live stream stays marked as new. */
const freshMs = 4_000

/**
 * `mayInsert` says whether a new row may go on top now: not while somebody points at the rows, has scrolled, or reads an
 * alert. Otherwise it waits and is counted in `waiting` until `showWaiting`.
 */
export function useAlertList(search: AlertSearch, mayInsert: () => boolean, me: string | undefined) {
  const client = useQueryClient()
  const options = alertsQuery(filterOf(search), search.sort ?? 'lastAt', search.order ?? 'desc')
  const query = useInfiniteQuery(options)
  const [waiting, setWaiting] = useState<ReadonlySet<string>>(new Set())
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  const shownList = hashKey(options.queryKey)
  // What waits belongs to the filters that were set when it came.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list, nothing waits
  useEffect(() => setWaiting(new Set()), [shownList])
  const newestFirst = (search.sort ?? 'lastAt') === 'lastAt' && search.order !== 'asc'

  const rows = useMemo(() => {
    const seen = new Map<string, AlertRow>()
    for (const page of query.data?.pages ?? [])
      for (const row of page.items) if (!seen.has(row.id)) seen.set(row.id, row)
    return [...seen.values()]
  }, [query.data])
  const known = useRef(rows)
  known.current = rows

  const edit = useCallback(
    (change: (pages: Pages) => Pages) => {
      client.setQueryData<Pages>(options.queryKey as never, (pages) => pages && change(pages))
    },
    [client, options.queryKey],
  )

  useLive('alert.updated', (row) => edit((pages) => withRow(pages, row)))
  useLive('alert.raised', (row) => {
    if (known.current.some((shown) => shown.id === row.id)) return edit((pages) => withRow(pages, row))
    if (!matchesSearch(row, search, Date.now(), me)) return
    if (!newestFirst || isPerhaps(search) || !mayInsert()) return setWaiting((ids) => new Set([...ids, row.id]))
    edit((pages) => withNewRow(pages, row))
    setFresh((ids) => new Set([...ids, row.id]))
    setTimeout(() => setFresh((ids) => new Set([...ids].filter((id) => id !== row.id))), freshMs)
  })

  const showWaiting = useCallback(async () => {
    setWaiting(new Set())
    edit((pages) => ({ pages: pages.pages.slice(0, 1), pageParams: pages.pageParams.slice(0, 1) }))
    await client.invalidateQueries({ queryKey: options.queryKey })
  }, [client, edit, options.queryKey])

  return { query, rows, total: query.data?.pages[0]?.total, waiting: waiting.size, fresh, showWaiting, shownList }
}

/** Whether a row belongs to the list is known to the server alone. */
const isPerhaps = ({ group, event, hash, address, url }: AlertSearch) =>
  Boolean(group || event || hash || address || url)

function withRow(pages: Pages, row: AlertRow): Pages {
  const place = pages.pages.findIndex((page) =>
    page.items.some((item) => item.id === row.id && item.version <= row.version),
  )
  if (place < 0) return pages
  return {
    ...pages,
    pages: pages.pages.map((page, index) =>
      index === place ? { ...page, items: page.items.map((item) => (item.id === row.id ? row : item)) } : page,
    ),
  }
}

function withNewRow(pages: Pages, row: AlertRow): Pages {
  const [first, ...rest] = pages.pages
  if (!first) return pages
  return { ...pages, pages: [{ ...first, items: [row, ...first.items], total: first.total + 1 }, ...rest] }
}
