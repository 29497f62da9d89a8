/** The ATT&CK matrix as a heat map: how many models look for each technique, and which have alerts now. */
import type { ModelList, ModelRow } from '@rampart/api'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../parts/time.ts'
import classes from './attack-matrix.module.css'

/** From this many models on, a technique has the next shade. */
const shades = [1, 2, 3, 5, 9]
const shadeOf = (models: number) => shades.filter((least) => models >= least).length

interface Cell {
  id: string
  name: string
  models: number
  alerts: number
}

export function AttackMatrix({ list }: { list: ModelList }) {
  const { t } = useTranslation('models')
  const columns = columnsOf(list)
  return (
    <div className={classes.matrix}>
      <p className={classes.legend}>
        {t('attack.legend')}
        <span className={classes.scale} aria-hidden>
          {shades.map((least) => (
            <span key={least} data-heat={shadeOf(least)} />
          ))}
        </span>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys */}
      <div className={classes.scroller} tabIndex={0} role="group" aria-label={t('tab.attack')}>
        <ol className={classes.columns} style={{ '--tactics': columns.length }}>
          {columns.map((column) => (
            <li key={column.tactic} className={classes.column}>
              <h2 className={classes.tactic}>{t(`tactic.${column.tactic}`)}</h2>
              <p className={classes.sum}>{t('techniques', { count: column.cells.length })}</p>
              <ul className={classes.cells}>
                {column.cells.map((cell) => (
                  <li key={cell.id}>
                    <TechniqueCell {...cell} />
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ol>
      </div>
    </div>
  )
}

function TechniqueCell({ id, name, models, alerts }: Cell) {
  const { t } = useTranslation('models')
  const formats = useFormats()
  return (
    <Link to="/models" search={{ tab: 'list', technique: id }} className={classes.cell} data-heat={shadeOf(models)}>
      <span className={classes.id}>{id}</span>
      <span className={classes.name}>{name}</span>
      <span className={classes.counts}>
        {t('models', { count: models, number: formats.count(models) })}
        {alerts > 0 && (
          <span className={classes.alerts}>{t('alerts', { count: alerts, number: formats.count(alerts) })}</span>
        )}
      </span>
    </Link>
  )
}

/** Every tactic with its techniques that some model states; most models first. */
function columnsOf({ items, techniques, tactics }: ModelList): { tactic: string; cells: Cell[] }[] {
  const byTechnique = new Map<string, ModelRow[]>()
  for (const model of items) {
    for (const id of new Set(model.techniques)) byTechnique.set(id, [...(byTechnique.get(id) ?? []), model])
  }
  const cells = [...byTechnique].map(([id, models]) => ({
    id,
    name: techniques[id]?.name ?? id,
    models: models.length,
    alerts: models.reduce((sum, model) => sum + model.openAlerts, 0),
    tactics: (techniques[id]?.tactics ?? []).map((tactic) => tactic.toLowerCase().replaceAll(' ', '-')),
  }))
  cells.sort((a, b) => b.models - a.models || a.id.localeCompare(b.id))
  return tactics.map((tactic) => ({ tactic, cells: cells.filter((cell) => cell.tactics.includes(tactic)) }))
}
