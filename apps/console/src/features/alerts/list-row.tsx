/** One row of the list, drawn anew only when something of it changed. */
import type { AlertRow } from '@rampart/api'
import { flexRender, type Row } from '@tanstack/react-table'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import { CompactRow } from './compact-row.tsx'
import classes from './list.module.css'

interface RowProps {
  row: Row<AlertRow>
  index: number
  start: number
  compact: boolean
  marked: boolean
  chosen: boolean
  fresh: boolean
  gone: boolean
  template: string
  onOpen: (id: string) => void
  onChoose: (id: string, range: boolean) => void
}

/** Id of the element that shows an alert. */
export const rowId = (alertId: string) => `alert-${alertId}`

export const ListRow = memo(
  function ListRow({ row, index, start, compact, marked, chosen, fresh, gone, onOpen, onChoose }: RowProps) {
    const { t } = useTranslation('alerts')
    return (
      // biome-ignore lint/a11y/useKeyWithClickEvents: keys walk the list as a whole
      <div
        role="row"
        id={rowId(row.id)}
        tabIndex={-1}
        aria-rowindex={index + 2}
        aria-selected={marked}
        data-chosen={chosen || undefined}
        className={classes.row}
        data-compact={compact || undefined}
        data-fresh={fresh || undefined}
        data-gone={gone || undefined}
        data-alert={row.original.id}
        style={{ transform: `translateY(${start}px)` }}
        onClick={() => onOpen(row.original.id)}
      >
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the key x chooses */}
        <div
          role="gridcell"
          className={classes.choose}
          onClick={(click) => {
            click.stopPropagation()
            onChoose(row.original.id, click.shiftKey)
          }}
        >
          <input
            type="checkbox"
            className={classes.box}
            checked={chosen}
            readOnly
            tabIndex={-1}
            aria-label={t('list.choose', { title: row.original.title })}
          />
        </div>
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
    before.chosen === after.chosen &&
    before.fresh === after.fresh &&
    before.gone === after.gone &&
    before.template === after.template &&
    before.onOpen === after.onOpen &&
    before.onChoose === after.onChoose,
)
