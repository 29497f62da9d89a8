/** How many alerts of each level, as marks with numbers; nothing for none. */

import type { Level } from '@rampart/api/vocabulary'
import { levels } from '@rampart/api/vocabulary'
import { useTranslation } from 'react-i18next'
import classes from './level-counts.module.css'
import { LevelMark } from './level-mark.tsx'
import { useFormats } from './time.ts'

export function LevelCounts({ counts }: { counts: Record<Level, number> }) {
  const { t } = useTranslation('parts')
  const formats = useFormats()
  const some = levels.filter((level) => counts[level] > 0)
  if (some.length === 0) return <span className={classes.none}>{t('noAlerts')}</span>
  return (
    <span className={classes.counts}>
      {some.map((level) => (
        <span key={level} className={classes.count}>
          <LevelMark level={level} />
          {formats.count(counts[level])}
        </span>
      ))}
    </span>
  )
}
