/** How far a search came, and the button that ends it. */
import { Button } from '@mantine/core'
import { IconPlayerStop } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { useFormats } from '../../parts/time.ts'
import classes from './progress.module.css'

interface Props {
  /** Instants: where the search began, where it is, and where it ends. */
  from: string
  at: string | null
  to: string
  /** True when the events are there and only the counts over time are missing. */
  isCounting: boolean
  onStop: () => void
}

export function Progress({ from, at, to, isCounting, onStop }: Props) {
  const { t } = useTranslation('search')
  const formats = useFormats()
  const [start, place, end] = [from, at ?? from, to].map(Date.parse) as [number, number, number]
  const share = Math.round(Math.min(1, Math.max(0, (place - start) / (end - start || 1))) * 100)
  return (
    <div className={classes.progress}>
      <div className={classes.track} role="progressbar" aria-label={t('progress.label')} aria-valuenow={share}>
        <span className={classes.done} style={{ width: `${share}%` }} />
      </div>
      <span className={classes.words}>
        {at === null
          ? t('progress.begun')
          : t(isCounting ? 'progress.counting' : 'progress.searching', { at: formats.exact(at), share })}
      </span>
      <Button size="compact-sm" variant="default" leftSection={<IconPlayerStop size={13} />} onClick={onStop}>
        {t('progress.stop')}
      </Button>
    </div>
  )
}
