/** In what an alert is like others: how many there are, the way to them, and one operation on all of them. */
import { Button } from '@mantine/core'
import type { Similar } from '@rampart/api'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { modelsQuery, similarQuery } from '../../api/queries.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { MiddleText } from '../../parts/evidence-text.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import type { AlertSearch } from './search.ts'
import classes from './similar-dialog.module.css'

/** The search that finds them all. */
const searchOf = ({ by, value }: Similar): AlertSearch => ({ [by]: [value] })

interface DialogProps {
  id: string
  onClose: () => void
  onHandle: (search: AlertSearch, count: number) => void
}

export function SimilarDialog({ id, onClose, onHandle }: DialogProps) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const query = useQuery(similarQuery(id))
  return (
    <Dialog title={t('similar.title')} width={620} onClose={onClose}>
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <LoadingLines lines={5} />}
      <ul className={classes.list}>
        {query.data?.items.map((similar) => (
          <li key={`${similar.by} ${similar.value}`} className={classes.line}>
            <div className={classes.words}>
              <span className={classes.dim}>{t(`similar.by.${similar.by}`)}</span>
              <SimilarValue similar={similar} />
            </div>
            <span className={classes.count}>
              {t('similar.count', { count: similar.total, number: formats.count(similar.total) })}
            </span>
            <Button
              component={Link}
              to="/alerts"
              search={searchOf(similar) as never}
              variant="default"
              size="compact-sm"
              onClick={onClose}
            >
              {t('similar.show')}
            </Button>
            <Button
              size="compact-sm"
              disabled={similar.total < 1}
              onClick={() => onHandle(searchOf(similar), similar.total)}
            >
              {t('similar.handle')}
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

function SimilarValue({ similar: { by, value } }: { similar: Similar }) {
  const { t } = useTranslation('vocabulary')
  const models = useQuery({ ...modelsQuery, enabled: by === 'model' })
  if (by === 'type') return t(`type.${value}`)
  if (by === 'model') return models.data?.items.find((model) => model.id === value)?.title ?? value
  return <MiddleText value={value} copy={false} />
}
