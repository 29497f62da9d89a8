/** A query of a page as it was saved. */

/** `level=Urgent&level=Warning` → the values by name, as the search of a page reads them. */
export function valuesOfSaved(query: string): Record<string, unknown> {
  const lists: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(query)) lists[name] = [...(lists[name] ?? []), value]
  return Object.fromEntries(
    Object.entries(lists).map(([name, values]) => [name, values.length > 1 ? values : values[0]]),
  )
}
