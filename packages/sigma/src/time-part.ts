// Parts of a date for the time modifiers: a text or epoch value in, a number out. No time zone is converted.
import type { TimePart } from './expression.ts'

/** `2021-04-12T10:30`, `2021-04-12 10:30`, `2021/04/12`: what follows the minute is not read. */
const extended =
  /^\s*(?<year>\d{4})(?<sign>[-/])(?<month>\d{2})\k<sign>(?<day>\d{2})(?!\d)(?:[Tt ](?<hour>\d{2}):(?<minute>\d{2}))?/
/** `20210412T1030`, `20210412`. */
const basic = /^\s*(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})(?:[Tt](?<hour>\d{2}):?(?<minute>\d{2})|\s*$)/
/** Seconds since the epoch or a smaller unit of them. */
const epoch = /^\s*\d{9,19}(?:\.\d{1,9})?\s*$/

/** The part of the date; undefined when the value is no ISO 8601 date and no number since the epoch (s, ms, µs, ns). */
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
  const found = (extended.exec(text) ?? basic.exec(text))?.groups
  if (!found) return epoch.test(text) ? fromEpoch(Number(text)) : undefined
  const [year, month, day] = [Number(found.year), Number(found.month), Number(found.day)]
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  if (found.hour === undefined) return [year, month, day, undefined, undefined]
  const [hour, minute] = [Number(found.hour), Number(found.minute)]
  return hour > 23 || minute > 59 ? undefined : [year, month, day, hour, minute]
}

/** The unit is told by the size: until the year 5138 no unit's numbers reach those of the next. */
function fromEpoch(value: number): DateParts | undefined {
  const size = Math.abs(value)
  const ms = size < 1e11 ? value * 1_000 : size < 1e14 ? value : size < 1e17 ? value / 1e3 : value / 1e6
  const date = new Date(ms)
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
