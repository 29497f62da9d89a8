/** The list of alerts: virtual rows in columns where there is room, two-line rows where there is not. */
import { ActionIcon, Button, Checkbox, Popover, Skeleton, Tooltip } from '@mantine/core'
import { useElementSize, useMergedRef } from '@mantine/hooks'
import type { AlertRow } from '@rampart/api'
import { IconArrowDown, IconArrowUp, IconColumns3, IconFilterOff, IconShieldCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { flexRender, getCoreRowModel, type Row, type Table, useReactTable } from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, type Ref, type RefObject, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState, ErrorState } from '../../parts/page-states.tsx'
import { usePreference } from '../../parts/preference.ts'
import { columns, hiddenAtFirst, isSort } from './columns.tsx'
import { CompactRow } from './compact-row.tsx'
import classes from './list.module.css'
import type { useAlertList } from './live-list.ts'
import { matchesSearch } from './match.ts'
import { type AlertSearch, filterCount } from './search.ts'

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
  onShowWaiting: () => void
}

export function AlertList({ live, search, marked, scroller, onPointing, onOpen, onSearch, onShowWaiting }: ListProps) {
  const { t } = useTranslation('alerts')
  const { ref, width } = useElementSize()
  const { rows, query } = live
  const compact = width > 0 && width < compactBelow
  const table = useAlertTable(rows)
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
  const template = `${table.getVisibleLeafColumns().map(widthOf).join(' ')} 36px`
  return (
    <section className={classes.list} aria-label={t('title')}>
      {live.waiting > 0 && (
        <Button className={classes.pill} size="compact-sm" radius="xl" onClick={onShowWaiting}>
          {t('list.waiting', { count: live.waiting })}
        </Button>
      )}
      <div
        ref={scroll}
        className={classes.scroller}
        tabIndex={0}
        onPointerEnter={() => onPointing(true)}
        onPointerLeave={() => onPointing(false)}
        role="grid"
        aria-label={t('list.label')}
        aria-rowcount={(live.total ?? items.length) + 1}
        aria-busy={query.isFetching}
        style={{ '--columns': compact ? 'minmax(0, 1fr)' : template }}
      >
        {!compact && <Head table={table} search={search} onSearch={onSearch} />}
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
                fresh={live.fresh.has(item.id)}
                gone={!matchesSearch(item.original, search, Date.now())}
                // Every change of columns or sizes is in the template; a row need not be drawn anew otherwise.
                template={template}
                onOpen={onOpen}
              />
            )
          })}
        </div>
        {isFetchingNextPage && <LoadingRows height={height} count={3} />}
      </div>
    </section>
  )
}

function useAlertTable(rows: AlertRow[]): Table<AlertRow> {
  const [visibility, setVisibility] = usePreference('alerts.columns', hiddenAtFirst)
  const [sizing, setSizing] = usePreference<Record<string, number>>('alerts.widths', {})
  return useReactTable({
    data: rows,
    columns,
    getRowId: (row) => row.id,
    getCoreRowModel: getCoreRowModel(),
    manualSorting: true,
    columnResizeMode: 'onChange',
    state: { columnVisibility: visibility, columnSizing: sizing },
    onColumnVisibilityChange: (change) => setVisibility(typeof change === 'function' ? change(visibility) : change),
    onColumnSizingChange: (change) => setSizing(typeof change === 'function' ? change(sizing) : change),
  })
}

/** The title takes what is left; the others have their size. */
const widthOf = (column: { id: string; getSize: () => number }) =>
  column.id === 'title' ? `minmax(${column.getSize()}px, 1fr)` : `${column.getSize()}px`

function Head({ table, search, onSearch }: { table: Table<AlertRow> } & Pick<ListProps, 'search' | 'onSearch'>) {
  const { t } = useTranslation('alerts')
  const sorted = search.sort ?? 'lastAt'
  const order = search.order ?? 'desc'
  return (
    <div role="rowgroup" className={classes.head}>
      <div role="row" className={classes.headRow} aria-rowindex={1}>
        {table.getFlatHeaders().map((header) => {
          const { id } = header.column
          const name = t(`column.${id}`)
          const isSorted = id === sorted
          const mark = order === 'asc' ? <IconArrowUp size={12} aria-hidden /> : <IconArrowDown size={12} aria-hidden />
          const sort = () => {
            if (!isSort(id)) return
            onSearch({
              sort: id === 'lastAt' ? undefined : id,
              order: isSorted && order === 'desc' ? 'asc' : undefined,
            })
          }
          return (
            <div
              key={id}
              role="columnheader"
              className={classes.headCell}
              aria-sort={isSorted ? (order === 'asc' ? 'ascending' : 'descending') : undefined}
            >
              {isSort(id) ? (
                <button type="button" className={classes.sort} onClick={sort} title={t('list.sortBy', { name })}>
                  <span className={id === 'level' ? 'sr-only' : classes.headWords}>{name}</span>
                  {isSorted ? mark : id === 'level' && <span className={classes.levelHead} aria-hidden />}
                </button>
              ) : (
                <span className={classes.headWords}>{name}</span>
              )}
              {header.column.getCanResize() && (
                <span
                  className={classes.resizer}
                  aria-hidden
                  data-active={header.column.getIsResizing() || undefined}
                  onPointerDown={header.getResizeHandler()}
                  onDoubleClick={() => header.column.resetSize()}
                />
              )}
            </div>
          )
        })}
        <div role="columnheader" className={classes.headCell} aria-label={t('list.columns')}>
          <ColumnChooser table={table} />
        </div>
      </div>
    </div>
  )
}

function ColumnChooser({ table }: { table: Table<AlertRow> }) {
  const { t } = useTranslation('alerts')
  return (
    <Popover position="bottom-end" trapFocus width={200}>
      <Popover.Target>
        <Tooltip label={t('list.columns')}>
          <ActionIcon size={24} aria-label={t('list.columns')}>
            <IconColumns3 size={15} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('list.columns')}>
        <div className={classes.chooser}>
          {table
            .getAllLeafColumns()
            .filter((column) => column.getCanHide())
            .map((column) => (
              <Checkbox
                key={column.id}
                size="xs"
                label={t(`column.${column.id}`)}
                checked={column.getIsVisible()}
                onChange={column.getToggleVisibilityHandler()}
              />
            ))}
          <Button
            variant="default"
            size="compact-xs"
            onClick={() => {
              table.setColumnVisibility(hiddenAtFirst)
              table.setColumnSizing({})
            }}
          >
            {t('list.resetColumns')}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}

interface RowProps {
  row: Row<AlertRow>
  index: number
  start: number
  compact: boolean
  marked: boolean
  fresh: boolean
  gone: boolean
  template: string
  onOpen: (id: string) => void
}

const ListRow = memo(
  function ListRow({ row, index, start, compact, marked, fresh, gone, onOpen }: RowProps) {
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: keys walk the list as a whole, the title is a link
      <div
        role="row"
        tabIndex={-1}
        aria-rowindex={index + 2}
        aria-selected={marked}
        className={classes.row}
        data-compact={compact || undefined}
        data-fresh={fresh || undefined}
        data-gone={gone || undefined}
        data-alert={row.original.id}
        style={{ transform: `translateY(${start}px)` }}
        onClick={() => onOpen(row.original.id)}
      >
        {compact ? (
          <CompactRow row={row.original} role="gridcell" />
        ) : (
          row.getVisibleCells().map((cell) => (
            <div key={cell.column.id} role="gridcell" className={classes.cell} data-column={cell.column.id}>
              {flexRender(cell.column.columnDef.cell, cell.getContext())}
            </div>
          ))
        )}
      </div>
    )
  },
  (before, after) =>
    before.row.original === after.row.original &&
    before.index === after.index &&
    before.start === after.start &&
    before.compact === after.compact &&
    before.marked === after.marked &&
    before.fresh === after.fresh &&
    before.gone === after.gone &&
    before.template === after.template &&
    before.onOpen === after.onOpen,
)

function LoadingRows({ height, count = 12 }: { height: number; count?: number }) {
  const { t } = useTranslation('alerts')
  return (
    <div role="row" aria-label={t('loading')}>
      {Array.from({ length: count }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows are all alike
        <div key={row} role="gridcell" className={classes.loading} style={{ height }}>
          <Skeleton height={12} width={`${88 - ((row * 23) % 35)}%`} />
        </div>
      ))}
    </div>
  )
}

function NoRows({ search, onSearch }: Pick<ListProps, 'search' | 'onSearch'>) {
  const { t } = useTranslation('alerts')
  const filtered = filterCount(search) > 0
  const clear: Partial<AlertSearch> = { q: undefined, last: undefined }
  for (const name of ['state', 'level', 'type', 'stage', 'kind', 'group', 'asset', 'model', 'technique'] as const) {
    clear[name] = undefined
  }
  return (
    <div role="row">
      <div role="gridcell">
        {filtered ? (
          <EmptyState
            icon={<IconFilterOff size={22} />}
            title={t('empty.filtered.title')}
            action={
              <Button variant="default" onClick={() => onSearch(clear)}>
                {t('filter.clear')}
              </Button>
            }
          >
            {t('empty.filtered.words')}
          </EmptyState>
        ) : (
          <EmptyState
            icon={<IconShieldCheck size={22} />}
            title={t('empty.none.title')}
            action={
              <Button component={Link} to="/assets" variant="default">
                {t('empty.none.action')}
              </Button>
            }
          >
            {t('empty.none.words')}
          </EmptyState>
        )}
      </div>
    </div>
  )
}
