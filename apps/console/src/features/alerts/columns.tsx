/** The columns of the list: what each shows, how wide it starts, whether the server can sort by it. */
import type { AlertRow } from '@rampart/api'
import { type ColumnDef, createColumnHelper } from '@tanstack/react-table'
import { useTranslation } from 'react-i18next'
import type { AlertSort } from '../../api/queries.ts'
import { MiddleText, VisibleText } from '../../parts/evidence-text.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { StageNames } from '../../parts/stage-names.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import classes from './list.module.css'

const column = createColumnHelper<AlertRow>()

export const columns = [
  column.accessor('level', {
    size: 30,
    enableResizing: false,
    enableHiding: false,
    cell: (cell) => <LevelMark level={cell.getValue()} />,
  }),
  column.accessor('title', {
    size: 230,
    minSize: 180,
    enableHiding: false,
    cell: (cell) => <Title row={cell.row.original} />,
  }),
  column.accessor((row) => row.asset.name, {
    id: 'asset',
    size: 104,
    cell: (cell) => <VisibleText value={cell.getValue()} />,
  }),
  column.accessor((row) => row.entity.value, {
    id: 'entity',
    size: 172,
    enableSorting: false,
    cell: (cell) => <MiddleText value={cell.getValue()} />,
  }),
  column.accessor('stages', {
    id: 'stage',
    size: 126,
    enableSorting: false,
    cell: (cell) => <StageNames stages={cell.getValue()} />,
  }),
  column.accessor('count', { size: 52, cell: (cell) => <Count value={cell.getValue()} /> }),
  column.accessor('lastAt', { size: 92, cell: (cell) => <RelativeTime at={cell.getValue()} /> }),
  column.accessor('state', { size: 98, cell: (cell) => <StateBadge state={cell.getValue()} /> }),
  column.accessor('assignee', {
    size: 96,
    enableSorting: false,
    cell: (cell) => <VisibleText value={cell.getValue() ?? '–'} />,
  }),
  column.accessor('firstAt', { size: 104, cell: (cell) => <RelativeTime at={cell.getValue()} /> }),
  column.accessor('sourceAddress', {
    size: 132,
    enableSorting: false,
    cell: (cell) => (cell.getValue() ? <MiddleText value={cell.getValue() ?? ''} /> : '–'),
  }),
  column.accessor((row) => row.techniques.join(' '), {
    id: 'techniques',
    size: 120,
    enableSorting: false,
    cell: (cell) => <span className={classes.dim}>{cell.getValue() || '–'}</span>,
  }),
  column.accessor((row) => row.asset.kind, {
    id: 'kind',
    size: 96,
    enableSorting: false,
    cell: (cell) => <Kind kind={cell.getValue()} />,
  }),
  // The helper's columns differ in the type of their value; a table takes them all.
] as ColumnDef<AlertRow, unknown>[]

export const hiddenAtFirst: Record<string, boolean> = {
  assignee: false,
  firstAt: false,
  sourceAddress: false,
  techniques: false,
  kind: false,
}

/** What a list has room for that is narrower than this, unless the reader chose columns. */
export const roomyWidth = 930
export const hiddenWhereNarrow = { ...hiddenAtFirst, stage: false, state: false }

export const isSort = (id: string): id is AlertSort =>
  ['lastAt', 'firstAt', 'level', 'count', 'title', 'asset', 'type', 'state'].includes(id)

export function Title({ row }: { row: AlertRow }) {
  const { t } = useTranslation('vocabulary')
  return (
    <span className={classes.title}>
      <a
        className={classes.titleWords}
        title={row.title}
        href={`/alerts/${encodeURIComponent(row.id)}`}
        tabIndex={-1}
        onClick={(click) => {
          // With a modifier key the browser opens a tab; otherwise the row opens the alert beside the list.
          if (click.ctrlKey || click.metaKey || click.shiftKey) click.stopPropagation()
          else click.preventDefault()
        }}
      >
        {row.title}
      </a>
      <span className={classes.type}>{t(`type.${row.type}`)}</span>
    </span>
  )
}

function Count({ value }: { value: number }) {
  return <span className={classes.count}>{useFormats().count(value)}</span>
}

function Kind({ kind }: { kind: AlertRow['asset']['kind'] }) {
  return useTranslation('vocabulary').t(`kind.${kind}`)
}
