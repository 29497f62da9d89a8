/** Evidence that may be long: its beginning, and the rest on request. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { EvidenceText } from './evidence-text.tsx'
import classes from './folded-text.module.css'
import { useFormats } from './time.ts'

/** A little more than the limit is not worth a button. */
const slack = 1.25

export function FoldedText({ value, limit = 400 }: { value: string; limit?: number }) {
  const { t } = useTranslation('parts')
  const formats = useFormats()
  const [whole, setWhole] = useState(false)
  if (value.length <= limit * slack) return <EvidenceText value={value} />
  return (
    <>
      <EvidenceText value={whole ? value : `${value.slice(0, limit)}…`} />{' '}
      <button type="button" className={classes.more} onClick={() => setWhole(!whole)} aria-expanded={whole}>
        {whole ? t('fold') : t('unfold', { count: value.length, number: formats.count(value.length) })}
      </button>
    </>
  )
}
