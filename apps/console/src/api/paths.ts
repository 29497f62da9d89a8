/** Method and path of every route, without the schemas. The types make sure that it says what the routes table says. */
import type { RouteName, routes } from '@rampart/api'

type Paths = { readonly [Name in RouteName]: readonly [(typeof routes)[Name]['method'], (typeof routes)[Name]['path']] }

export const paths: Paths = {
  signIn: ['POST', '/api/v1/session'],
  getSession: ['GET', '/api/v1/session'],
  signOut: ['DELETE', '/api/v1/session'],
  changePassword: ['PUT', '/api/v1/session/password'],
  getSummary: ['GET', '/api/v1/summary'],
  listAlerts: ['GET', '/api/v1/alerts'],
  alertFacets: ['GET', '/api/v1/alerts/facets'],
  getAlert: ['GET', '/api/v1/alerts/:id'],
  handleAlert: ['POST', '/api/v1/alerts/:id/handling'],
  similarAlerts: ['GET', '/api/v1/alerts/:id/similar'],
  getAlertSettings: ['GET', '/api/v1/alert-settings'],
  setAlertSettings: ['PUT', '/api/v1/alert-settings'],
  listAssets: ['GET', '/api/v1/assets'],
  getAsset: ['GET', '/api/v1/assets/:id'],
  listBanners: ['GET', '/api/v1/banners'],
  createEnrolmentToken: ['POST', '/api/v1/enrolment-tokens'],
  listModels: ['GET', '/api/v1/models'],
  getModel: ['GET', '/api/v1/models/:id'],
  switchModel: ['PATCH', '/api/v1/models/:id'],
  listDefenceItems: ['GET', '/api/v1/defence-items'],
  switchDefenceItem: ['PATCH', '/api/v1/defence-items/:id'],
  listNotificationChannels: ['GET', '/api/v1/notification-channels'],
  createNotificationChannel: ['POST', '/api/v1/notification-channels'],
  changeNotificationChannel: ['PUT', '/api/v1/notification-channels/:id'],
  removeNotificationChannel: ['DELETE', '/api/v1/notification-channels/:id'],
  testNotificationChannel: ['POST', '/api/v1/notification-channels/:id/test'],
  listNotificationDeliveries: ['GET', '/api/v1/notification-channels/:id/deliveries'],
}
