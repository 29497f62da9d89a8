/** Chinese message files of all other pages, by name: loaded with the first of them. */
export default import.meta.glob<Record<string, unknown>>(
  [
    './zh/*.json',
    '!./zh/alerts.json',
    '!./zh/investigation.json',
    '!./zh/parts.json',
    '!./zh/response.json',
    '!./zh/shell.json',
    '!./zh/sign-in.json',
    '!./zh/vocabulary.json',
    '!./zh/whitelist.json',
  ],
  { eager: true, import: 'default' },
)
