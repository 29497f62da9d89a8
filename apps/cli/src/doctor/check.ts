/** One thing that was looked at: how it is, and what to do when it is not well. */
export interface Check {
  /** Permanent, e.g. `disk.state`. */
  id: string
  title: string
  state: 'ok' | 'warning' | 'problem' | 'skipped'
  /** What was found, one sentence or a value. */
  found: string
  /** What to do; empty when all is well. */
  advice: string
}

export const fine = (id: string, title: string, found: string): Check => ({ id, title, state: 'ok', found, advice: '' })
export const warning = (id: string, title: string, found: string, advice: string): Check => ({
  id,
  title,
  state: 'warning',
  found,
  advice,
})
export const problem = (id: string, title: string, found: string, advice: string): Check => ({
  id,
  title,
  state: 'problem',
  found,
  advice,
})
export const skipped = (id: string, title: string, found: string): Check => ({
  id,
  title,
  state: 'skipped',
  found,
  advice: '',
})

export const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024).toLocaleString('en')} MB`
export const days = (ms: number) => `${Math.floor(ms / 86_400_000)} days`
