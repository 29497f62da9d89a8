/** What stands in place of content: nothing yet (and how to get some), a failure (and what to do), or still loading. */
import { Button, Skeleton } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiFailure } from '../api/client.ts'
import classes from './page-states.module.css'
import { useSaid } from './said.tsx'

interface Empty {
  icon: ReactNode
  title: string
  /** `h1` where it is the whole page. */
  heading?: 'h1' | 'h2'
  children?: ReactNode
  action?: ReactNode
}

export function EmptyState({ icon, title, heading: Title = 'h2', children, action }: Empty) {
  return (
    <div className={classes.state}>
      <div className={classes.icon} aria-hidden>
        {icon}
      </div>
      <Title className={classes.title}>{title}</Title>
      {children && <div className={classes.words}>{children}</div>}
      {action}
    </div>
  )
}

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation('parts')
  const words = useErrorWords()(error)
  return (
    <div className={classes.state} role="alert">
      <div className={classes.icon} data-error aria-hidden>
        <IconAlertTriangle size={22} />
      </div>
      <p className={classes.title}>{words.title}</p>
      <div className={classes.words}>{words.advice}</div>
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          {t('retry')}
        </Button>
      )}
    </div>
  )
}

/** Words for a failure: ours for codes that the console knows, else the server's own sentence. */
export function useErrorWords(): (error: unknown) => { title: string; advice: string } {
  const { t, i18n } = useTranslation('parts')
  const said = useSaid()
  return (error) => {
    if (!(error instanceof ApiFailure)) return { title: t('error.unknown.title'), advice: t('error.unknown.advice') }
    const key = `error.${error.code.replace('.', '-')}`
    if (i18n.exists(`parts:${key}.title`)) return { title: t(`${key}.title`), advice: t(`${key}.advice`) }
    return { title: t('error.answered', { code: error.code }), advice: said(error.message) }
  }
}

/** Grey lines of about the height of what will come. */
export function LoadingLines({ lines = 8, height = 16 }: { lines?: number; height?: number }) {
  const { t } = useTranslation('parts')
  return (
    <div className={classes.loading} role="status" aria-label={t('loading')}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines are all alike
        <Skeleton key={line} height={height} width={`${92 - ((line * 17) % 40)}%`} />
      ))}
    </div>
  )
}
