/** Chinese message files that the shell and the Alerts page need, by name. */
export default import.meta.glob<Record<string, unknown>>(
  './zh/{alerts,investigation,parts,response,shell,sign-in,vocabulary,whitelist}.json',
  {
    eager: true,
    import: 'default',
  },
)
