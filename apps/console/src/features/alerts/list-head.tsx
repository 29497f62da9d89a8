/** Head of the list: names of the columns to sort and widen by, and the choice of columns. */
import { ActionIcon, Button, Checkbox, Popover, Tooltip } from '@mantine/core'
import type { AlertRow } from '@rampart/api'
import { IconArrowDown, IconArrowUp, IconColumns3 } from '@tabler/icons-react'
import type { Table } from '@tanstack/react-table'
import type { KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { isSort } from './columns.tsx'
import classes from './list.module.css'
import type { AlertSearch } from './search.ts'
import type { Selection } from './selection.ts'

/** Columns of words rise at the first click, columns of numbers and times fall. */
const risesFirst: readonly string[] = ['title', 'asset', 'state']
/** Width of a column, px, and the step of the arrow keys. */
const narrowest = 40
const widest = 900
const keyStep = 16

interface HeadProps {
  table: Table<AlertRow>
  search: AlertSearch
  onSearch: (change: Partial<AlertSearch>) => void
  selection: Selection
  /** How many rows are loaded. */
  rows: number
}

export function ListHead({ table, search, onSearch, selection, rows }: HeadProps) {
  const { t } = useTranslation('alerts')
  const sorted = search.sort ?? 'lastAt'
  const order = search.order ?? 'desc'
  const widen = (event: KeyboardEvent, size: number, id: string) => {
    const by = { ArrowLeft: -keyStep, ArrowRight: keyStep }[event.key]
    if (!by) return
    event.preventDefault()
    table.setColumnSizing((sizes) => ({ ...sizes, [id]: Math.min(Math.max(size + by, narrowest), widest) }))
  }
  return (
    <div role="rowgroup" className={classes.head}>
      <div role="row" className={classes.headRow} aria-rowindex={1}>
        <div role="columnheader" className={classes.headCell}>
          <input
            type="checkbox"
            className={classes.box}
            aria-label={t('list.chooseLoaded')}
            checked={rows > 0 && selection.ids.size >= rows}
            ref={(box) => {
              if (box) box.indeterminate = selection.ids.size > 0 && selection.ids.size < rows
            }}
            onChange={selection.toggleLoaded}
          />
        </div>
        {table.getFlatHeaders().map((header) => {
          const { id } = header.column
          const name = t(`column.${id}`)
          const isSorted = id === sorted
          const mark = order === 'asc' ? <IconArrowUp size={12} aria-hidden /> : <IconArrowDown size={12} aria-hidden />
          const sort = () => {
            if (!isSort(id)) return
            const rises = isSorted ? order === 'desc' : risesFirst.includes(id)
            onSearch({ sort: id === 'lastAt' ? undefined : id, order: rises ? 'asc' : undefined })
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
                  role="separator"
                  aria-orientation="vertical"
                  aria-label={t('list.widthOf', { name })}
                  aria-valuenow={header.column.getSize()}
                  aria-valuemin={narrowest}
                  aria-valuemax={widest}
                  tabIndex={0}
                  data-active={header.column.getIsResizing() || undefined}
                  onMouseDown={header.getResizeHandler()}
                  onTouchStart={header.getResizeHandler()}
                  onDoubleClick={() => header.column.resetSize()}
                  onKeyDown={(event) => widen(event, header.column.getSize(), id)}
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
              table.setColumnVisibility({})
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
