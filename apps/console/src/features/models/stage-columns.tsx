/** Ten columns, one per attack stage, with a card for every alert type that has models there. */
import type { ModelRow } from '@rampart/api'
import { type AlertType, alertTypes, type Stage, stages } from '@rampart/api/vocabulary'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../parts/time.ts'
import classes from './stage-columns.module.css'

export function StageColumns({ models }: { models: readonly ModelRow[] }) {
  const { t } = useTranslation('models')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys
    <div className={classes.scroller} tabIndex={0} role="group" aria-label={t('tab.stages')}>
      <ol className={classes.columns}>
        {stages.map((stage, place) => (
          <StageColumn
            key={stage}
            stage={stage}
            number={place + 1}
            models={models.filter((model) => model.stages.includes(stage))}
          />
        ))}
      </ol>
    </div>
  )
}

const openAlerts = (models: readonly ModelRow[]) => models.reduce((sum, model) => sum + model.openAlerts, 0)

function StageColumn({ stage, number, models }: { stage: Stage; number: number; models: readonly ModelRow[] }) {
  const { t } = useTranslation('models')
  const { t: word } = useTranslation('vocabulary')
  const formats = useFormats()
  const open = openAlerts(models)
  const types = alertTypes
    .map((type) => ({ type, models: models.filter((model) => model.type === type) }))
    .filter((group) => group.models.length > 0)
  return (
    <li className={classes.column}>
      <header className={classes.head}>
        <span className={classes.number} aria-hidden>
          {number}
        </span>
        <h2 className={classes.name}>{word(`stage.${stage}`)}</h2>
        <p className={classes.sum}>
          {t('models', { count: models.length, number: formats.count(models.length) })}
          {open > 0 && (
            <Link to="/alerts" search={{ stage: [stage] }} className={classes.open}>
              {t('alerts', { count: open, number: formats.count(open) })}
            </Link>
          )}
        </p>
      </header>
      {types.length === 0 && <p className={classes.none}>{t('stage.none')}</p>}
      <ul className={classes.cards}>
        {types.map((group) => (
          <li key={group.type}>
            <TypeCard stage={stage} type={group.type} models={group.models} />
          </li>
        ))}
      </ul>
    </li>
  )
}

function TypeCard({ stage, type, models }: { stage: Stage; type: AlertType; models: readonly ModelRow[] }) {
  const { t } = useTranslation('models')
  const { t: word } = useTranslation('vocabulary')
  const formats = useFormats()
  const open = openAlerts(models)
  const off = models.filter((model) => !model.enabled).length
  return (
    <Link to="/models" search={{ tab: 'list', stage, type }} className={classes.card} data-open={open > 0 || undefined}>
      <span className={classes.type}>{word(`type.${type}`)}</span>
      <span className={classes.detail}>
        <span className={classes.count}>{formats.count(models.length)}</span>
        {open > 0 && (
          <span className={classes.alerts}>{t('alerts', { count: open, number: formats.count(open) })}</span>
        )}
        {off > 0 && <span>{t('off', { count: off })}</span>}
      </span>
    </Link>
  )
}
