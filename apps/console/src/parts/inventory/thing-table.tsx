/** Things of one kind as a table: what each is called, its facts, since when it is there and when it changed. */
import type { InventoryThing } from '@rampart/api'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { EvidenceText, VisibleText } from '../evidence-text.tsx'
import table from '../table.module.css'
import { RelativeTime } from '../time-text.tsx'
import { Fact } from './fact.tsx'
import classes from './thing-table.module.css'
import { type Column, columnsOf, type InventoryKind, titleOf } from './views.ts'

export type ThingSort = 'name' | 'since' | 'changed'

export interface Sorting {
  sort: ThingSort
  order: 'asc' | 'desc'
  onSort: (sort: ThingSort, order: 'asc' | 'desc') => void
}

interface TableProps<Thing extends InventoryThing> {
  kind: InventoryKind
  things: readonly Thing[]
  /** Left out: the rows are in the order in which they come. */
  sorting?: Sorting
  /** A column before the others. */
  before?: { title: string; cell: (thing: Thing) => ReactNode; key: (thing: Thing) => string }
  label: string
}

export function ThingTable<Thing extends InventoryThing>({ kind, things, sorting, before, label }: TableProps<Thing>) {
  const { t } = useTranslation('inventory')
  // A column without a value in any row says nothing.
  const columns = (columnsOf[kind] as readonly Column[]).filter(([fact, as]) =>
    things.some(({ facts }) => facts[fact] !== undefined && facts[fact] !== '' && !(as === 'flag' && !facts[fact])),
  )
  const showsChanges = things.some(({ changedAt }) => changedAt !== null)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys
    <div className={classes.scroller} tabIndex={0} role="group" aria-label={label}>
      <table className={table.table}>
        <thead>
          <tr>
            {before && <th>{before.title}</th>}
            <Head sort="name" sorting={sorting}>
              {t(`name.${kind}`)}
            </Head>
            {columns.map(([fact]) => (
              <th key={fact}>{t(`fact.${fact}`)}</th>
            ))}
            <Head sort="since" sorting={sorting}>
              {t('since')}
            </Head>
            {showsChanges && (
              <Head sort="changed" sorting={sorting}>
                {t('changed')}
              </Head>
            )}
          </tr>
        </thead>
        <tbody>
          {things.map((thing) => (
            <tr key={`${before?.key(thing) ?? ''} ${thing.kind} ${thing.name}`}>
              {before && <td>{before.cell(thing)}</td>}
              <td>
                <Title thing={thing} />
              </td>
              {columns.map((column) => (
                <td
                  key={column[0]}
                  data-label={t(`fact.${column[0]}`)}
                  data-empty={isEmpty(thing, column) || undefined}
                  className={classes.cell}
                >
                  <Fact column={column} facts={thing.facts} />
                </td>
              ))}
              <td data-label={t('since')} className={classes.time}>
                {thing.since ? (
                  <RelativeTime at={thing.since} />
                ) : (
                  <span title={t('sinceUnknown')}>{t('sinceFirstLook')}</span>
                )}
              </td>
              {showsChanges && (
                <td
                  data-label={t('changed')}
                  data-empty={thing.changedAt === null || undefined}
                  className={classes.time}
                >
                  {thing.changedAt && <RelativeTime at={thing.changedAt} />}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function isEmpty({ facts }: InventoryThing, [fact, as]: Column): boolean {
  const value = facts[fact]
  return value === undefined || value === '' || (as === 'flag' && value === false)
}

function Title({ thing }: { thing: InventoryThing }) {
  const { title, note } = titleOf(thing.kind, thing.name, thing.facts)
  return (
    <div className={classes.title} title={thing.name.length > 60 ? thing.name : undefined}>
      <EvidenceText value={title} />
      {note && (
        <span className={classes.note}>
          <VisibleText value={note} />
        </span>
      )}
    </div>
  )
}

function Head({ sort, sorting, children }: { sort: ThingSort; sorting: Sorting | undefined; children: ReactNode }) {
  const { t } = useTranslation('inventory')
  if (!sorting) return <th>{children}</th>
  const isSorted = sorting.sort === sort
  // Times fall at the first click: the newest is what people look for.
  const next = isSorted ? (sorting.order === 'asc' ? 'desc' : 'asc') : sort === 'name' ? 'asc' : 'desc'
  return (
    <th aria-sort={isSorted ? (sorting.order === 'asc' ? 'ascending' : 'descending') : undefined}>
      <button
        type="button"
        className={classes.sort}
        title={t('sortBy', { name: children })}
        onClick={() => sorting.onSort(sort, next)}
      >
        {children}
        {isSorted &&
          (sorting.order === 'asc' ? <IconArrowUp size={12} aria-hidden /> : <IconArrowDown size={12} aria-hidden />)}
      </button>
    </th>
  )
}
