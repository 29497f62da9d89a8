// A detection in; what compiling it would refuse is refused, without compiling what never is.

import { countLeaves, namesOf, tooManyValues, unknownSelection } from './compile-rule.ts'
import type { Condition } from './condition.ts'
import type { Detection, NamedSelection, Selection } from './document.ts'
import type { Place } from './issue.ts'
import { compileItem } from './modifier.ts'
import type { ItemContext } from './modifier-state.ts'
import { countPlain } from './plain-item.ts'

/** Throws the Refusal that `compileDetection` throws, if it does. What is compiled for that is kept in `items.made`. */
export function checkDetection(detection: Detection, items: ItemContext): void {
  let values = 0
  for (const { selection } of detection.selections) {
    values += countValues(selection, items)
    if (values > items.limits.maxValues) throw tooManyValues(detection, items)
  }
  for (const place of detection.conditions) checkCondition(place.condition, detection.selections, place)
}

/** The leaves of the selection's expression. */
function countValues(selection: Selection, items: ItemContext): number {
  let values = 0
  if (selection.kind === 'any') for (const each of selection.alternatives) values += countValues(each, items)
  else
    for (const item of selection.items)
      values += countPlain(item, items.limits.maxValues) ?? countLeaves(compileItem(item, items))
  return values
}

function checkCondition(condition: Condition, selections: readonly NamedSelection[], place: Place): void {
  if (condition.kind === 'name') {
    if (!selections.some(({ name }) => name === condition.name)) throw unknownSelection(condition.name, place)
  } else if (condition.kind === 'of') {
    if (namesOf(condition.pattern, selections).length === 0) throw unknownSelection(condition.pattern, place)
  } else if (condition.kind === 'not') checkCondition(condition.of, selections, place)
  else for (const each of condition.of) checkCondition(each, selections, place)
}
