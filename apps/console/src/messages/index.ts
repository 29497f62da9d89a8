/** The console's words: English and Chinese message files, one per feature, loaded for the chosen language. */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

const bundles = { en: () => import('./en.ts'), zh: () => import('./zh.ts') }
const remembered = 'rampart.language'

function chosenLanguage(): Language {
  const stored = localStorage.getItem(remembered)
  if (stored === 'en' || stored === 'zh') return stored
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

async function load(language: Language): Promise<void> {
  const files = (await bundles[language]()).default
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
  await load(language)
  await i18next.changeLanguage(language)
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en'
  localStorage.setItem(remembered, language)
}
