/** Instants and amounts in the reader's language and time zone. */
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
]

/** Formatters of the current language. All times are in the browser's zone; `zone` names it. */
export function useFormats() {
  const { i18n } = useTranslation()
  return formatsOf(i18n.language)
}

type Formats = ReturnType<typeof makeFormats>
const made = new Map<string, Formats>()
function formatsOf(language: string): Formats {
  const formats = made.get(language) ?? makeFormats(language)
  made.set(language, formats)
  return formats
}

function makeFormats(language: string) {
  const locale = language === 'zh' ? 'zh-CN' : 'en-GB'
  const exact = new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  const clock = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })
  const day = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', day: 'numeric' })
  const minute = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const monthDay = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' })
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' })
  const count = new Intl.NumberFormat(locale)
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const bytes = (value: number) => {
    const steps = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const
    let step = 0
    let rest = value
    while (rest >= 1000 && step < steps.length - 1) {
      rest /= 1000
      step++
    }
    const unit = steps[step] ?? 'byte'
    return new Intl.NumberFormat(locale, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: 1,
    }).format(rest)
  }
  return {
    exact: (at: string | number) => exact.format(new Date(at)),
    clock: (at: string | number) => {
      const milliseconds = String(Math.floor(new Date(at).getTime() % 1000)).padStart(3, '0')
      return `${clock.format(new Date(at))}.${milliseconds}`
    },
    day: (at: string | number) => day.format(new Date(at)),
    minute: (at: string | number) => minute.format(new Date(at)),
    monthDay: (at: string | number) => monthDay.format(new Date(at)),
    count: (value: number) => count.format(value),
    percent: (value: number) => percent.format(value),
    bytes,
    relative: (at: string | number, now: number) => {
      const elapsedMs = new Date(at).getTime() - now
      for (const [unit, lengthMs] of units) {
        if (Math.abs(elapsedMs) >= lengthMs) return relative.format(Math.trunc(elapsedMs / lengthMs), unit)
      }
      return relative.format(Math.abs(elapsedMs) < 5_000 ? 0 : Math.trunc(elapsedMs / 1000), 'second')
    },
    zone: exact.formatToParts(new Date()).find((part) => part.type === 'timeZoneName')?.value ?? '',
  }
}

/** The current time, renewed every `everyMs`, the same instant for all that ask. */
export function useNow(everyMs = 10_000): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
