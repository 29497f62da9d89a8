/** The console's words: English and Chinese message files, one per feature, loaded for the chosen language: first what the Alerts page needs, the rest with the first other page. */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { type Catalogue, readCatalogue, translate } from './sentence.ts'

export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

const bundles = {
  en: { first: () => import('./en.ts'), pages: () => import('./en-pages.ts') },
  zh: { first: () => import('./zh.ts'), pages: () => import('./zh-pages.ts') },
}
/** Sentences of server and agents in languages that are not their own. */
const sentenceFiles = { zh: () => import('./zh-sentences.ts') }
const sentences = new Map<string, Catalogue>()
/** The latest translations: lists show the same sentence again and again. */
const latest = new Map<string, string>()
const latestMax = 500

/** True once a page was opened that needs more than the first words. */
let needsPages = false
const remembered = 'rampart.language'

function chosenLanguage(): Language {
  const stored = localStorage.getItem(remembered)
  if (stored === 'en' || stored === 'zh') return stored
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

async function load(language: Language, part: 'first' | 'pages'): Promise<void> {
  const files = (await bundles[language][part]()).default
  for (const [path, messages] of Object.entries(files)) {
    const namespace = path.slice(path.lastIndexOf('/') + 1, -'.json'.length)
    i18next.addResourceBundle(language, namespace, messages, true, true)
  }
}

/** Loads the chosen language; call before the first render. */
export async function startMessages(): Promise<void> {
  const language = chosenLanguage()
  await i18next.use(initReactI18next).init({
    lng: language,
    defaultNS: 'shell',
    resources: {},
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
    react: { useSuspense: false },
  })
  await changeLanguage(language)
}

async function loadSentences(language: Language): Promise<void> {
  if (language === 'en' || sentences.has(language)) return
  sentences.set(language, readCatalogue(...(await sentenceFiles[language]()).default))
}

/** A sentence of the server or an agent, in the present language as far as it is known there. */
export function saidInLanguage(text: string): string {
  const catalogue = sentences.get(i18next.language)
  if (catalogue === undefined) return text
  const known = latest.get(text)
  if (known !== undefined) return known
  const said = translate(text, catalogue)
  if (latest.size >= latestMax) latest.clear()
  latest.set(text, said)
  return said
}

/** Shows the console in this language from now on, and remembers it. */
export async function changeLanguage(language: Language): Promise<void> {
  await Promise.all([load(language, 'first'), loadSentences(language), needsPages && load(language, 'pages')])
  await i18next.changeLanguage(language)
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en'
  localStorage.setItem(remembered, language)
}

/** Loads the words of the pages besides Alerts, for the present language and those chosen later. */
export async function loadPageMessages(): Promise<void> {
  if (needsPages) return
  await load(i18next.language as Language, 'pages')
  needsPages = true
}
