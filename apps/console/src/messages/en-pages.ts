/** English message files of all other pages, by name: loaded with the first of them. */
export default import.meta.glob<Record<string, unknown>>(
  [
    './en/*.json',
    '!./en/alerts.json',
    '!./en/investigation.json',
    '!./en/parts.json',
    '!./en/response.json',
    '!./en/shell.json',
    '!./en/sign-in.json',
    '!./en/vocabulary.json',
    '!./en/whitelist.json',
  ],
  { eager: true, import: 'default' },
)
