/** Head of the list: names of the columns to sort and widen by, and the choice of columns. */
import { ActionIcon, Button, Checkbox, Popover, Tooltip } from '@mantine/core'
import type { AlertRow } from '@rampart/api'
import { IconArrowDown, IconArrowUp, IconColumns3 } from '@tabler/icons-react'
import type { Table } from '@tanstack/react-table'
import { useTranslation } from 'react-i18next'
import { isSort } from './columns.tsx'
import classes from './list.module.css'
import type { AlertSearch } from './search.ts'

interface HeadProps {
  table: Table<AlertRow>
  search: AlertSearch
  onSearch: (change: Partial<AlertSearch>) => void
}

export function ListHead({ table, search, onSearch }: HeadProps) {
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
