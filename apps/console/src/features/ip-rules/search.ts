/** What of the IP Policy Library is shown, in the address of the page. */
export const ruleFilters = ['all', 'inForce', 'system', 'custom'] as const
export type RuleFilter = (typeof ruleFilters)[number]

export function readRuleSearch(search: Record<string, unknown>): { show?: RuleFilter } {
  const show = ruleFilters.find((one) => one === search.show)
  return show === undefined || show === 'all' ? {} : { show }
}
