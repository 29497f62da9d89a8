/** The table of assets: sorted by its heads, chosen by its boxes. */
import { Checkbox } from '@mantine/core'
import type { AssetRow } from '@rampart/api'
import { visibleText } from '@rampart/api/visible-text'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type MouseEvent, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { AgentState } from '../../parts/agent-state.tsx'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { LevelCounts } from '../../parts/level-counts.tsx'
import table from '../../parts/table.module.css'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import { IsolatedBadge } from './isolated-badge.tsx'
import classes from './page.module.css'
import type { AssetSearch, AssetSort } from './search.ts'

/** Columns in their order, with what they are sorted by. */
const columns = [
  ['name', 'name'],
  ['group', 'group'],
  ['agent', 'state'],
  ['edition', 'edition'],
  ['alerts', 'alerts'],
  ['system', null],
  ['lastSeen', 'lastSeen'],
  ['lost', 'lost'],
] as const satisfies readonly (readonly [string, AssetSort | null])[]
/** Numbers and times fall at the first click. */
const fallsFirst: readonly AssetSort[] = ['alerts', 'lastSeen', 'lost']

interface TableProps {
  assets: readonly AssetRow[]
  search: AssetSearch
  onSearch: (change: Partial<AssetSearch>) => void
  /** Null for those who may not change assets. */
  chosen: ReadonlySet<string> | null
  onChoose: (ids: ReadonlySet<string>) => void
}

export function AssetTable({ assets, search, onSearch, chosen, onChoose }: TableProps) {
  const { t } = useTranslation('assets')
  const last = useRef<number | null>(null)
  const choose = (index: number, event: MouseEvent) => {
    if (!chosen) return
    const next = new Set(chosen)
    const [from, to] =
      event.shiftKey && last.current !== null ? [last.current, index].sort((a, b) => a - b) : [index, index]
    const add = !chosen.has(assets[index]?.id ?? '')
    for (const { id } of assets.slice(from, (to ?? index) + 1)) {
      if (add) next.add(id)
      else next.delete(id)
    }
    last.current = index
    onChoose(next)
  }
  const some = assets.some(({ id }) => chosen?.has(id))
  const all = assets.every(({ id }) => chosen?.has(id))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys
    <div className={classes.scroller} tabIndex={0} role="group" aria-label={t('title')}>
      <table className={table.table}>
        <thead>
          <tr>
            {chosen && (
              <th className={classes.box}>
                <Checkbox
                  size="xs"
                  aria-label={t('choose.all')}
                  checked={all}
                  indeterminate={some && !all}
                  onChange={() => onChoose(all ? new Set() : new Set(assets.map(({ id }) => id)))}
                />
              </th>
            )}
            {columns.map(([name, sort]) => (
              <Head key={name} name={name} sort={sort} search={search} onSearch={onSearch} />
            ))}
          </tr>
        </thead>
        <tbody>
          {assets.map((asset, index) => (
            <Row
              key={asset.id}
              asset={asset}
              chosen={chosen ? chosen.has(asset.id) : null}
              onChoose={(event) => choose(index, event)}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface HeadProps extends Pick<TableProps, 'search' | 'onSearch'> {
  name: (typeof columns)[number][0]
  sort: AssetSort | null
}

function Head({ name, sort, search, onSearch }: HeadProps) {
  const { t } = useTranslation('assets')
  const className = name === 'lost' ? table.number : undefined
  if (!sort) return <th className={className}>{t(`column.${name}`)}</th>
  const isSorted = (search.sort ?? 'name') === sort
  const order = search.order ?? 'asc'
  const next = isSorted ? (order === 'asc' ? 'desc' : 'asc') : fallsFirst.includes(sort) ? 'desc' : 'asc'
  return (
    <th className={className} aria-sort={isSorted ? (order === 'asc' ? 'ascending' : 'descending') : undefined}>
      <button
        type="button"
        className={classes.sort}
        title={t('sortBy', { name: t(`column.${name}`) })}
        onClick={() => onSearch({ sort: sort === 'name' ? undefined : sort, order: next === 'asc' ? undefined : next })}
      >
        {t(`column.${name}`)}
        {isSorted &&
          (order === 'asc' ? <IconArrowUp size={12} aria-hidden /> : <IconArrowDown size={12} aria-hidden />)}
      </button>
    </th>
  )
}

interface RowProps {
  asset: AssetRow
  chosen: boolean | null
  onChoose: (event: MouseEvent) => void
}

function Row({ asset, chosen, onChoose }: RowProps) {
  const { t } = useTranslation('assets')
  const formats = useFormats()
  return (
    <tr data-chosen={chosen || undefined}>
      {chosen !== null && (
        <td className={classes.box}>
          <Checkbox
            size="xs"
            aria-label={t('choose.one', { name: visibleText(asset.name) })}
            checked={chosen}
            onChange={() => {}}
            onClick={onChoose}
          />
        </td>
      )}
      <td>
        <Link to="/assets/$assetId" params={{ assetId: asset.id }} className={table.main}>
          <VisibleText value={asset.name} />
        </Link>
        {asset.receivedBy && (
          <div className={`${table.dim} ${table.small}`}>
            {t('via', { name: visibleText(asset.receivedBy.name ?? asset.receivedBy.id) })}
          </div>
        )}
        <div className={classes.addresses}>
          {asset.addresses.slice(0, 2).map((address) => (
            <EvidenceText key={address} value={address} />
          ))}
          {asset.addresses.length > 2 && <span>{t('moreAddresses', { count: asset.addresses.length - 2 })}</span>}
          {asset.tags.map((tag) => (
            <span key={tag} className={classes.tag}>
              <VisibleText value={tag} />
            </span>
          ))}
        </div>
      </td>
      <td data-label={t('column.group')} data-empty={asset.group === null || undefined}>
        {asset.group === null ? <span className={table.dim}>{t('none')}</span> : <VisibleText value={asset.group} />}
      </td>
      <td data-label={t('column.agent')}>
        <AgentState state={asset.agent.state} />
        {asset.isolated && (
          <div>
            <IsolatedBadge isolated={asset.isolated} />
          </div>
        )}
        {asset.agent.version && (
          <div className={`${table.dim} ${table.small}`}>
            <VisibleText value={asset.agent.version} />
          </div>
        )}
        {asset.sensorsUnhealthy > 0 && (
          <div className={classes.unhealthy}>{t('sensorsUnhealthy', { count: asset.sensorsUnhealthy })}</div>
        )}
      </td>
      <td data-label={t('column.edition')}>{t(`edition.${asset.edition}`)}</td>
      <td data-label={t('column.alerts')}>
        <Link to="/alerts" search={{ asset: [asset.id] }} className={classes.alerts}>
          <LevelCounts counts={asset.alerts} />
        </Link>
      </td>
      <td data-label={t('column.system')}>
        <VisibleText value={asset.operatingSystem ?? t('unknown')} />
        {asset.kernel && (
          <div className={`${table.dim} ${table.small} ${classes.kernel}`}>
            <VisibleText value={asset.kernel} />
          </div>
        )}
      </td>
      <td data-label={t('column.lastSeen')} className={table.dim}>
        {asset.agent.lastSeenAt ? <RelativeTime at={asset.agent.lastSeenAt} /> : t('never')}
      </td>
      <td data-label={t('column.lost')} className={table.number} data-empty={asset.eventsLost === 0 || undefined}>
        {asset.eventsLost > 0 ? <span className={classes.lost}>{formats.count(asset.eventsLost)}</span> : '0'}
      </td>
    </tr>
  )
}
