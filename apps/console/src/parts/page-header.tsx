/** Title of a page with what belongs beside it; sets the document's title. */
import { type ReactNode, useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './page-header.module.css'

interface Header {
  title: string
  /** Shown before the title, such as a way back. */
  before?: ReactNode
  note?: ReactNode
  children?: ReactNode
}

export function PageHeader({ title, before, note, children }: Header) {
  const { t } = useTranslation('parts')
  useEffect(() => {
    document.title = t('documentTitle', { title })
  }, [t, title])
  return (
    <header className={classes.header}>
      {before}
      <h1 className={classes.title}>{title}</h1>
      {note && <span className={classes.note}>{note}</span>}
      <div className={classes.actions}>{children}</div>
    </header>
  )
}
