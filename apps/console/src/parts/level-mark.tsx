/** Level as a mark: colour and shape (diamond, triangle, ring), so that neither alone carries the meaning. */
import type { Level } from '@rampart/api/vocabulary'
import { useTranslation } from 'react-i18next'
import classes from './level-mark.module.css'

const shapes: Record<Level, { className: string | undefined; shape: React.ReactNode }> = {
  Urgent: {
    className: classes.urgent,
    shape: (
      <path
        d="M8 .8 15.200 8 8 15.200.8 8z M7.100 4.300v4.600h1.800V4.300z M7.100 10.200V12h1.800v-1.800z"
        fillRule="evenodd"
      />
    ),
  },
  Warning: {
    className: classes.warning,
    shape: <path d="M8 1.500 15.200 14.300H.8z M7.200 6v4h1.600V6z M7.200 11v1.600h1.600V11z" fillRule="evenodd" />,
  },
  Notice: {
    className: classes.notice,
    shape: <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" strokeWidth="2" />,
  },
}

export function LevelMark({ level, words = false }: { level: Level; words?: boolean }) {
  const { t } = useTranslation('vocabulary')
  const { className, shape } = shapes[level]
  const label = t(`level.${level}`)
  return (
    <span className={`${classes.mark} ${className}`} {...(words ? {} : { title: label })}>
      <svg
        viewBox="0 0 16 16"
        width="13"
        height="13"
        fill="currentColor"
        role="img"
        aria-label={label}
        aria-hidden={words}
      >
        {shape}
      </svg>
      {words && <span className={classes.words}>{label}</span>}
    </span>
  )
}
