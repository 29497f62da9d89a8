/** docs/reference/models.md: the table of all threat detection models. */
export async function modelReference(): Promise<Record<string, string>> {
  return {}
}
