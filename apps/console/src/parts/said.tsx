/** Sentences of the server and its agents, in the language of the console. */
import { useTranslation } from 'react-i18next'
import { saidInLanguage } from '../messages/index.ts'
import { VisibleText } from './evidence-text.tsx'

/** Translates a sentence; what no language file has stays as the server wrote it. */
export function useSaid(): (text: string) => string {
  useTranslation()
  return saidInLanguage
}

export function Said({ value }: { value: string }) {
  return <VisibleText value={useSaid()(value)} />
}
