/** The console's words: English and Chinese message files, one per feature, loaded for the chosen language: first what the Alerts page needs, the rest with the first other page. */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

const bundles = {
  en: { first: () => import('./en.ts'), pages: () => import('./en-pages.ts') },
  zh: { first: () => import('./zh.ts'), pages: () => import('./zh-pages.ts') },
}
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

/** Shows the console in this language from now on, and remembers it. */
export async function changeLanguage(language: Language): Promise<void> {
  await Promise.all([load(language, 'first'), needsPages && load(language, 'pages')])
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
