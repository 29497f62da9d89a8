/** The list of alerts: virtual rows in columns where there is room, two-line rows where there is not. */
import { useElementSize, useMergedRef } from '@mantine/hooks'
import type { AlertRow } from '@rampart/api'
import { getCoreRowModel, type Table, useReactTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type Ref, type RefObject, useCallback, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { ErrorState } from '../../parts/page-states.tsx'
import { usePreference } from '../../parts/preference.ts'
import { columns, hiddenAtFirst, hiddenWhereNarrow, roomyWidth } from './columns.tsx'
import classes from './list.module.css'
import { ListHead } from './list-head.tsx'
import { ListRow, rowId } from './list-row.tsx'
import { LoadingRows, NoRows } from './list-states.tsx'
import type { useAlertList } from './live-list.ts'
import { matchesSearch } from './match.ts'
import type { AlertSearch } from './search.ts'
import type { Selection } from './selection.ts'

const rowHeight = 36
const compactHeight = 60
/** Below this width of the list, rows have two lines instead of columns. */
const compactBelow = 620

interface ListProps {
  live: ReturnType<typeof useAlertList>
  search: AlertSearch
  marked: string | undefined
  scroller: RefObject<HTMLDivElement | null>
  onPointing: (over: boolean) => void
  onOpen: (id: string) => void
  onSearch: (change: Partial<AlertSearch>) => void
  selection: Selection
  me: string | undefined
}

export function AlertList(props: ListProps) {
  const { live, search, marked, scroller, onPointing, onOpen, onSearch, selection, me } = props
  const { t } = useTranslation('alerts')
  const { ref, width } = useElementSize()
  const { rows, query } = live
  const compact = width > 0 && width < compactBelow
  const table = useAlertTable(rows, width < roomyWidth)
  const items = table.getRowModel().rows
  const height = compact ? compactHeight : rowHeight
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when the height of rows changes
  useEffect(() => virtual.measure(), [height, virtual])

  const place = items.findIndex((item) => item.id === marked)
  useEffect(() => {
    if (place >= 0) virtual.scrollToIndex(place, { align: 'auto' })
  }, [place, virtual])

  const drawn = virtual.getVirtualItems()
  const last = drawn.at(-1)?.index ?? 0
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  useEffect(() => {
    if (last >= items.length - 30 && items.length > 0 && hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [last, items.length, hasNextPage, isFetchingNextPage, fetchNextPage])

  const scroll = useMergedRef(scroller, ref) as Ref<HTMLDivElement>
  const { toggle, toggleRange } = selection
  const choose = useCallback(
    (id: string, range: boolean) => (range ? toggleRange(id) : toggle(id)),
    [toggle, toggleRange],
  )
  const template = `28px ${table.getVisibleLeafColumns().map(widthOf).join(' ')} 36px`
  return (
    <section className={classes.list} aria-label={t('title')}>
      <div
        ref={scroll}
        className={classes.scroller}
        tabIndex={0}
        onPointerEnter={() => onPointing(true)}
        onPointerLeave={() => onPointing(false)}
        role="grid"
        aria-label={t('list.label')}
        aria-rowcount={(live.total ?? items.length) + 1}
        aria-activedescendant={marked && place >= 0 ? rowId(marked) : undefined}
        aria-busy={query.isFetching}
        data-chosen={selection.ids.size > 0 || undefined}
        style={{ '--columns': compact ? '40px minmax(0, 1fr)' : template }}
      >
        {!compact && (
          <ListHead table={table} search={search} onSearch={onSearch} selection={selection} rows={items.length} />
        )}
        {query.isPending && <LoadingRows height={height} />}
        {query.error && !query.data && (
          <div role="row">
            <div role="gridcell">
              <ErrorState error={query.error} onRetry={() => void query.refetch()} />
            </div>
          </div>
        )}
        {query.data && items.length === 0 && <NoRows search={search} onSearch={onSearch} />}
        <div role="rowgroup" className={classes.rows} style={{ height: virtual.getTotalSize() }}>
          {drawn.map(({ index, start }) => {
            const item = items[index]
            if (!item) return null
            return (
              <ListRow
                key={item.id}
                row={item}
                index={index}
                start={start}
                compact={compact}
                marked={item.id === marked}
                chosen={selection.ids.has(item.id)}
                fresh={live.fresh.has(item.id)}
                gone={!matchesSearch(item.original, search, Date.now(), me)}
                // Every change of columns or sizes is in the template; a row need not be drawn anew otherwise.
                template={template}
                onOpen={onOpen}
                onChoose={choose}
              />
            )
          })}
        </div>
        {isFetchingNextPage && <LoadingRows height={height} count={3} />}
      </div>
    </section>
  )
}

function useAlertTable(rows: AlertRow[], narrow: boolean): Table<AlertRow> {
  const [chosen, setVisibility] = usePreference<Record<string, boolean> | null>('alerts.columns', null)
  const visibility = chosen ?? (narrow ? hiddenWhereNarrow : hiddenAtFirst)
  const [sizing, setSizing] = usePreference<Record<string, number>>('alerts.widths', {})
  return useReactTable({
    data: rows,
    columns,
    getRowId: (row) => row.id,
    getCoreRowModel: getCoreRowModel(),
    manualSorting: true,
    defaultColumn: { minSize: 40, maxSize: 900 },
    columnResizeMode: 'onChange',
    state: { columnVisibility: visibility, columnSizing: sizing },
    // An empty choice means: as the room allows.
    onColumnVisibilityChange: (change) => {
      const next = typeof change === 'function' ? change(visibility) : change
      setVisibility(Object.keys(next).length > 0 ? next : null)
    },
    onColumnSizingChange: (change) => setSizing(typeof change === 'function' ? change(sizing) : change),
  })
}

/** The title takes what is left; the others have their size. */
const widthOf = (column: { id: string; getSize: () => number }) =>
  column.id === 'title' ? `minmax(${column.getSize()}px, 1fr)` : `${column.getSize()}px`
