/** One fact of a thing, written as its column says. */
import { IconCheck } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { EvidenceText, VisibleText } from '../evidence-text.tsx'
import { useFormats } from '../time.ts'
import classes from './fact.module.css'
import type { Column, Facts } from './views.ts'

/** Facts that a person should not pass over. */
const striking: readonly string[] = ['everywhere', 'privileged', 'unsigned', 'outOfTree', 'noPassword']

export function Fact({ column: [fact, as], facts }: { column: Column; facts: Facts }) {
  const { t, i18n } = useTranslation('inventory')
  const formats = useFormats()
  const value = facts[fact]
  if (value === undefined || value === '' || (as === 'flag' && value === false))
    return <span className={classes.none} />
  if (as === 'flag')
    return (
      <span className={classes.flag} data-striking={striking.includes(fact) || undefined}>
        <IconCheck size={13} aria-hidden />
        {t(`flag.${fact}`)}
      </span>
    )
  const text = String(value)
  if (as === 'words') {
    const key = `word.${fact}.${text}`
    return (
      <span data-striking={text === 'none' || undefined} className={classes.word}>
        {i18n.exists(`inventory:${key}`) ? t(key) : <VisibleText value={text} />}
      </span>
    )
  }
  if (as === 'bytes' && typeof value === 'number') return <span className={classes.number}>{formats.bytes(value)}</span>
  if (as === 'number') return <span className={classes.number}>{text}</span>
  if (as === 'short') return <EvidenceText value={text.replace(/^sha256:/, '').slice(0, 12)} />
  return as === 'mono' ? <EvidenceText value={text} /> : <VisibleText value={text} />
}
