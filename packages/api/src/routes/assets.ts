/** Routes of assets and their agents. */
import { z } from 'zod'
import { assetChange, assetDetail, assetPage, assetQuery, assetsChanged, banner, enrolmentToken } from '../assets.ts'
import { items, type Route } from './route.ts'

export const assetRoutes = {
  listAssets: {
    method: 'GET',
    path: '/api/v1/assets',
    summary: 'List assets',
    role: 'viewer',
    scope: 'visible',
    query: assetQuery,
    response: assetPage,
  },
  getAsset: {
    method: 'GET',
    path: '/api/v1/assets/:id',
    summary: 'Details of one asset',
    role: 'viewer',
    scope: 'asset',
    response: assetDetail,
  },
  changeAssets: {
    method: 'PATCH',
    path: '/api/v1/assets',
    summary: 'Change group, tags or edition of many assets',
    role: 'administrator',
    scope: 'visible',
    body: assetChange,
    response: assetsChanged,
    refuses: ['asset.group-not-allowed'],
  },
  listBanners: {
    method: 'GET',
    path: '/api/v1/banners',
    summary: 'What does not work, and what to do',
    role: 'viewer',
    scope: 'visible',
    response: items(banner),
  },
  createEnrolmentToken: {
    method: 'POST',
    path: '/api/v1/enrolment-tokens',
    summary: 'Make a token that enrols one or more agents',
    role: 'administrator',
    scope: 'none',
    body: z.object({
      uses: z.number().int().min(1).max(1000).default(1),
      minutes: z.number().int().min(1).max(10080).default(60),
    }),
    response: enrolmentToken,
  },
} as const satisfies Record<string, Route>
