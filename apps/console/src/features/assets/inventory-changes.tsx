/** What came, changed and went on a server, newest first: each with what was before and what is after. */
import { Button, Select } from '@mantine/core'
import type { InventoryChange, InventorySummary } from '@rampart/api'
import { IconHistory } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { inventoryChangesQuery } from '../../api/queries.ts'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { columnsOf, titleOf } from '../../parts/inventory/views.ts'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import classes from './inventory.module.css'
import { NotTold, Words } from './inventory-section.tsx'
import type { AssetTabSearch } from './tab-search.ts'

interface ChangesProps {
  assetId: string
  summary: InventorySummary
  search: AssetTabSearch
  onSearch: (change: Partial<AssetTabSearch>) => void
}

export function InventoryChanges({ assetId, summary, search, onSearch }: ChangesProps) {
  const { t } = useTranslation('inventory')
  const formats = useFormats()
  const { q = '', view, operation } = search
  const kind = summary.kinds.find((one) => one.kind === view)?.kind
  const changes = useInfiniteQuery({
    ...inventoryChangesQuery(assetId, { ...(kind && { kind: [kind] }), q, ...(operation && { operation }) }),
    enabled: summary.kinds.length > 0,
  })
  const rows = changes.data?.pages.flatMap((page) => page.items) ?? []
  const total = changes.data?.pages[0]?.total ?? 0
  const isFiltered = q !== '' || kind !== undefined || operation !== undefined
  if (summary.kinds.length === 0) return <NotTold view="package" summary={summary} />
  return (
    <div className={classes.section}>
      <div className={classes.bar}>
        <Words value={q} onChange={(next) => onSearch({ q: next || undefined })} />
        <Select
          className={classes.choice}
          aria-label={t('filterKind')}
          placeholder={t('filterKind')}
          clearable
          value={kind ?? null}
          onChange={(next) => onSearch({ view: summary.kinds.find((one) => one.kind === next)?.kind })}
          data={summary.kinds.map((one) => ({ value: one.kind, label: t(`kind.${one.kind}`) }))}
        />
        <Select
          className={classes.choice}
          aria-label={t('filterOperation')}
          placeholder={t('filterOperation')}
          clearable
          value={operation ?? null}
          onChange={(next) => onSearch({ operation: (next ?? undefined) as AssetTabSearch['operation'] })}
          data={(['added', 'changed', 'removed'] as const).map((one) => ({ value: one, label: t(`operation.${one}`) }))}
        />
        {changes.data && (
          <span className={classes.dim} role="status">
            {t('changes', { count: total, number: formats.count(total) })}
          </span>
        )}
      </div>
      {changes.isPending && <LoadingLines lines={10} height={20} />}
      {changes.error && !changes.data && <ErrorState error={changes.error} onRetry={() => void changes.refetch()} />}
      {rows.length > 0 && (
        <ul className={classes.changes}>
          {rows.map((change) => (
            <Change key={change.number} change={change} />
          ))}
        </ul>
      )}
      {changes.hasNextPage && (
        <div className={classes.more}>
          <Button variant="default" loading={changes.isFetchingNextPage} onClick={() => void changes.fetchNextPage()}>
            {t('more', { count: total - rows.length, number: formats.count(total - rows.length) })}
          </Button>
        </div>
      )}
      {changes.data && rows.length === 0 && (
        <EmptyState
          icon={<IconHistory size={22} />}
          title={isFiltered ? t('empty.filtered.title') : t('empty.changes.title')}
        >
          {isFiltered ? t('empty.filtered.words') : t('empty.changes.words')}
        </EmptyState>
      )}
    </div>
  )
}

function Change({ change }: { change: InventoryChange }) {
  const { t } = useTranslation('inventory')
  const { kind, name, operation, before, after, at } = change
  const { title, note } = titleOf(kind, name, after ?? before ?? {})
  return (
    <li className={classes.change}>
      <span className={classes.dim}>
        <RelativeTime at={at} />
      </span>
      <span className={classes.operation} data-operation={operation}>
        {t(`operation.${operation}`)}
      </span>
      <span className={classes.dim}>{t(`one.${kind}`)}</span>
      <div className={classes.what}>
        <EvidenceText value={title} />{' '}
        {note && (
          <span className={classes.dim}>
            <VisibleText value={note} />
          </span>
        )}
        <Differences kind={kind} before={before} after={after} />
      </div>
    </li>
  )
}

const shownMax = 8

/** Of a change only what differs; of the rest what is most telling. */
function Differences({ kind, before, after }: Pick<InventoryChange, 'kind' | 'before' | 'after'>) {
  const { t, i18n } = useTranslation('inventory')
  const one = after ?? before ?? {}
  const differing =
    before && after
      ? [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => before[name] !== after[name])
      : columnsOf[kind].map(([name]): string => name).filter((name) => one[name] !== undefined)
  const label = (name: string) => (i18n.exists(`inventory:fact.${name}`) ? t(`fact.${name}`) : name)
  const text = (value: string | number | boolean | undefined) =>
    typeof value === 'boolean'
      ? t(value ? 'yes' : 'no')
      : value === undefined || value === ''
        ? t('nothing')
        : String(value)
  return (
    <div className={classes.differences}>
      {differing.slice(0, shownMax).map((name) => (
        <span key={name}>
          {label(name)}:{' '}
          {before && after ? (
            <>
              <EvidenceText value={text(before[name])} /> → <EvidenceText value={text(after[name])} />
            </>
          ) : (
            <EvidenceText value={text(one[name])} />
          )}
        </span>
      ))}
      {differing.length > shownMax && <span>…</span>}
    </div>
  )
}
