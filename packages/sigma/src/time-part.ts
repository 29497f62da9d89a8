// Parts of a date for the time modifiers: a text or epoch value in, a number out. No time zone is converted.
import type { TimePart } from './expression.ts'

const isoDate = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2}))?/

/** The part of the date; undefined when the value is no ISO 8601 date and no epoch number (seconds, or ms from 1e11). */
export function timePart(value: unknown, part: TimePart): number | undefined {
  const date = typeof value === 'number' ? fromEpoch(value) : typeof value === 'string' ? fromText(value) : undefined
  if (!date) return undefined
  const [year, month, day, hour, minute] = date
  if (part === 'year') return year
  if (part === 'month') return month
  if (part === 'day') return day
  if (part === 'hour') return hour
  if (part === 'minute') return minute
  return weekOf(year, month, day)
}

type DateParts = [year: number, month: number, day: number, hour: number | undefined, minute: number | undefined]

function fromText(text: string): DateParts | undefined {
  const found = isoDate.exec(text)
  if (!found) return /^\d{9,14}$/.test(text) ? fromEpoch(Number(text)) : undefined
  const [, year, month, day, hour, minute] = found
  const time = hour === undefined ? [undefined, undefined] : [Number(hour), Number(minute)]
  return [Number(year), Number(month), Number(day), time[0], time[1]]
}

function fromEpoch(value: number): DateParts | undefined {
  const date = new Date(Math.abs(value) < 1e11 ? value * 1000 : value)
  if (Number.isNaN(date.getTime())) return undefined
  return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes()]
}

/** ISO 8601 week: the one that holds the year's first Thursday is week 1. */
function weekOf(year: number, month: number, day: number): number {
  const date = new Date(Date.UTC(year, month - 1, day))
  const weekday = date.getUTCDay() || 7
  date.setUTCDate(date.getUTCDate() + 4 - weekday)
  const start = Date.UTC(date.getUTCFullYear(), 0, 1)
  return Math.ceil(((date.getTime() - start) / 86_400_000 + 1) / 7)
}
