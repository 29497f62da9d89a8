/** One tab of a server's page: what the server has of some kinds, searched and sorted, with how old that knowledge is. */
import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import type { InventorySummary } from '@rampart/api'
import { IconListDetails, IconSearch } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { inventoryThingsQuery } from '../../api/queries.ts'
import { type ThingSort, ThingTable } from '../../parts/inventory/thing-table.tsx'
import { type InventoryTab, type InventoryView, inventoryTabs, kindOf } from '../../parts/inventory/views.ts'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import classes from './inventory.module.css'
import type { AssetTabSearch } from './tab-search.ts'

interface SectionProps {
  assetId: string
  tab: InventoryTab
  summary: InventorySummary
  search: AssetTabSearch
  onSearch: (change: Partial<AssetTabSearch>) => void
}

export function InventorySection({ assetId, tab, summary, search, onSearch }: SectionProps) {
  const { t } = useTranslation('inventory')
  const formats = useFormats()
  const views: readonly InventoryView[] = inventoryTabs[tab]
  const view = views.find((one) => one === search.view) ?? views[0] ?? 'package'
  const kind = kindOf(view)
  const known = summary.kinds.find((one) => one.kind === kind)
  const { q = '' } = search
  const sort: ThingSort = search.sort ?? 'name'
  const order: 'asc' | 'desc' = search.order ?? 'asc'
  const filter = { kind: [kind], q: view === 'timer' ? `${q} .timer` : q, sort, order }
  const things = useInfiniteQuery({ ...inventoryThingsQuery(assetId, filter), enabled: known !== undefined })
  const rows = things.data?.pages.flatMap((page) => page.items) ?? []
  const total = things.data?.pages[0]?.total ?? 0
  const count = (one: InventoryView) => summary.kinds.find((two) => two.kind === kindOf(one))?.count
  return (
    <div className={classes.section}>
      <div className={classes.bar}>
        {views.length > 1 && (
          <SegmentedControl
            className={classes.views}
            aria-label={t(`tab.${tab}`)}
            value={view}
            onChange={(next) =>
              onSearch({
                view: next === views[0] ? undefined : (next as InventoryView),
                sort: undefined,
                order: undefined,
              })
            }
            data={views.map((one) => ({
              value: one,
              label: `${t(`kind.${one}`)}${one === 'timer' || count(one) === undefined ? '' : ` ${formats.count(count(one) ?? 0)}`}`,
            }))}
          />
        )}
        <Words key={view} value={q} onChange={(next) => onSearch({ q: next || undefined })} />
        {things.data && q !== '' && (
          <span className={classes.dim} role="status">
            {t('found', { count: total, number: formats.count(total) })}
          </span>
        )}
        <Age known={known} summary={summary} />
      </div>
      {known && known.changes > 0 && (
        <p className={classes.note}>
          <Link to="/assets/$assetId" params={{ assetId }} search={{ tab: 'changes', view: kind }}>
            {t('recent', { count: known.changes, number: formats.count(known.changes) })}
          </Link>
        </p>
      )}
      {known && known.leftOut > 0 && (
        <p className={classes.warning}>
          {t('leftOut', { count: known.leftOut, number: formats.count(known.leftOut) })}
        </p>
      )}
      {!known && <NotTold view={view} summary={summary} />}
      {known && things.isPending && <LoadingLines lines={10} height={20} />}
      {things.error && !things.data && <ErrorState error={things.error} onRetry={() => void things.refetch()} />}
      {rows.length > 0 && (
        <ThingTable
          kind={kind}
          things={rows}
          label={t(`kind.${view}`)}
          sorting={{
            sort,
            order,
            onSort: (by, direction) =>
              onSearch({ sort: by === 'name' ? undefined : by, order: direction === 'asc' ? undefined : direction }),
          }}
        />
      )}
      {things.hasNextPage && (
        <div className={classes.more}>
          <Button variant="default" loading={things.isFetchingNextPage} onClick={() => void things.fetchNextPage()}>
            {t('more', { count: total - rows.length, number: formats.count(total - rows.length) })}
          </Button>
        </div>
      )}
      {things.data && rows.length === 0 && (
        <EmptyState icon={<IconListDetails size={22} />} title={q ? t('empty.filtered.title') : t(`empty.${view}`)}>
          {q ? t('empty.filtered.words') : t('empty.words')}
        </EmptyState>
      )}
    </div>
  )
}

export function Words({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation('inventory')
  const [text, setText] = useState(value)
  const commit = useDebouncedCallback((next: string) => onChange(next.trim()), 250)
  return (
    <TextInput
      className={classes.words}
      aria-label={t('words')}
      placeholder={t('words')}
      leftSection={<IconSearch size={14} />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value)
        commit(event.currentTarget.value)
      }}
    />
  )
}

/** When it was collected; and that the agent is away, so that nobody takes it for now. */
function Age({ known, summary }: { known: InventorySummary['kinds'][number] | undefined; summary: InventorySummary }) {
  const { t } = useTranslation('inventory')
  if (!known) return null
  const isAway = summary.agent !== 'online'
  return (
    <span className={classes.age} data-away={isAway || undefined}>
      {isAway && `${t(`away.${summary.agent === 'silent' ? 'silent' : 'offline'}`)} `}
      {t('collected')} <RelativeTime at={known.collectedAt} />
    </span>
  )
}

/** Nothing was told of this kind: because there is nothing to read, or because the agent could not yet. */
export function NotTold({ view, summary }: { view: InventoryView; summary: InventorySummary }) {
  const { t } = useTranslation('inventory')
  const state =
    summary.kinds.length > 0
      ? 'unreadable'
      : summary.agent === 'never connected'
        ? 'neverConnected'
        : summary.agent !== 'online'
          ? 'offline'
          : summary.supported
            ? 'underWay'
            : 'older'
  return (
    <EmptyState icon={<IconListDetails size={22} />} title={t(`notTold.${state}.title`)}>
      {state === 'unreadable' ? t(`absent.${view}`) : t(`notTold.${state}.words`)}
    </EmptyState>
  )
}
