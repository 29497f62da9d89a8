/** Whether an event fits a question: the meaning of conditions, in plain code. */
import type { EventCondition, EventFieldName, ValueTest } from '@rampart/api'
import { eventFieldKind, eventPathPrefix } from '@rampart/api'
import type { Event } from '@rampart/event'
import type { EventQuestion } from './event-search.ts'
import { addressKey, textOf, valueAt } from './event-text.ts'

export function fitsQuestion(event: Event, question: EventQuestion): boolean {
  if (event.at < question.from || event.at > question.to) return false
  if (question.assetIds && !question.assetIds.includes(event.asset.id)) return false
  if (question.types && !question.types.includes(event.type)) return false
  if (question.text !== undefined && !textOf(event).includes(question.text.toLowerCase())) return false
  return (question.conditions ?? []).every((condition) => fitsCondition(event, condition))
}

function fitsCondition(event: Event, { field, any, negated }: EventCondition): boolean {
  return any.some((test) => fitsTest(event, field, test)) !== negated
}

function fitsTest(event: Event, field: string | null, test: ValueTest): boolean {
  if (field === null) return test.is === 'contains' && textOf(event).includes(test.value.toLowerCase())
  if (test.is === 'within') {
    const key = addressKey(event, field as 'source.address')
    return key !== null && key >= test.first && key <= test.last
  }
  const isNamed = eventFieldKind(field) !== null && !field.startsWith(eventPathPrefix)
  const value = valueAt(event, isNamed ? (field as EventFieldName) : field.slice(eventPathPrefix.length))
  if (value === null) return false
  if (test.is === 'present') return true
  if (test.is === 'range') return typeof value === 'number' && value >= test.from && value <= test.to
  const text = String(value).toLowerCase()
  const wanted = test.value.toLowerCase()
  if (test.is === 'equals') return text === wanted
  if (test.is === 'contains') return text.includes(wanted)
  return test.is === 'startsWith' ? text.startsWith(wanted) : text.endsWith(wanted)
}
