/** Routes of notification channels. */
import { channelBody, notificationChannel, notificationDelivery } from '../notifications.ts'
import { items, nothing, type Route } from './route.ts'

export const notificationRoutes = {
  listNotificationChannels: {
    method: 'GET',
    path: '/api/v1/notification-channels',
    summary: 'List notification channels',
    role: 'administrator',
    scope: 'none',
    response: items(notificationChannel),
  },
  createNotificationChannel: {
    method: 'POST',
    path: '/api/v1/notification-channels',
    summary: 'Add a notification channel',
    role: 'administrator',
    scope: 'none',
    body: channelBody,
    response: notificationChannel,
  },
  changeNotificationChannel: {
    method: 'PUT',
    path: '/api/v1/notification-channels/:id',
    summary: 'Change a notification channel; secrets left out stay',
    role: 'administrator',
    scope: 'none',
    body: channelBody,
    response: notificationChannel,
  },
  removeNotificationChannel: {
    method: 'DELETE',
    path: '/api/v1/notification-channels/:id',
    summary: 'Remove a notification channel and what waits in it',
    role: 'administrator',
    scope: 'none',
    response: nothing,
  },
  testNotificationChannel: {
    method: 'POST',
    path: '/api/v1/notification-channels/:id/test',
    summary: 'Send a test message now and say what came of it',
    role: 'administrator',
    scope: 'none',
    response: notificationDelivery,
  },
  listNotificationDeliveries: {
    method: 'GET',
    path: '/api/v1/notification-channels/:id/deliveries',
    summary: 'The latest 100 messages of a channel, newest first',
    role: 'administrator',
    scope: 'none',
    response: items(notificationDelivery),
  },
} as const satisfies Record<string, Route>
