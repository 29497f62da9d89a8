/** What a page showed when its test failed: for whoever reads the output of another machine. */
import type { TestContext } from 'node:test'
import type { Page } from 'playwright-core'

const maxCharacters = 2_000

/** Node tells it after a test; the types of this version do not know it yet. */
type Ended = TestContext & { readonly passed: boolean }

/** Prints address, words and complaints of the page before it is closed, if the test has failed. */
export async function tellShownPage(t: TestContext, page: Page, complaints: readonly string[] = []): Promise<void> {
  if ((t as Ended).passed || page.isClosed()) return
  const words = await page
    .locator('body')
    .innerText({ timeout: 2_000 })
    .catch((error: Error) => `not to be read: ${error.message}`)
  console.log(`${t.name}: the page ${page.url()} showed\n${words.slice(0, maxCharacters)}`)
  for (const complaint of complaints.slice(0, 10)) console.log(`complaint: ${complaint.slice(0, 300)}`)
}
