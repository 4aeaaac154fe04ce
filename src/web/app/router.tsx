import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { isApiError, request } from '../api/http.ts'
import { queryClient } from '../api/query-client.ts'
import { ErrorPage } from './error-page.tsx'
import { LoginPage } from './login-page.tsx'
import { MainPage } from './main-page.tsx'
import { mainSearchOf } from './main-search.ts'
import { Shell } from './shell.tsx'

const rootRoute = createRootRoute({ errorComponent: ErrorPage, notFoundComponent: () => <ErrorPage /> })

const loginRoute = createRoute({ getParentRoute: () => rootRoute, path: '/login', component: LoginPage })

/** Everything behind the login. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData({ queryKey: ['session'], queryFn: () => request('/session') })
    } catch (error) {
      if (!isApiError(error, 'unauthorized')) throw error
      throw redirect({ to: '/login', search: { next: location.href } })
    }
  },
})

const mainRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  component: MainPage,
  validateSearch: mainSearchOf,
})

const storageRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/storage',
  /** The VM whose pauses are shown. */
  validateSearch: ({ vm }: { vm?: unknown }): { vm?: string } => (typeof vm === 'string' ? { vm } : {}),
  component: lazyRouteComponent(() => import('../storage/storage-page.tsx'), 'StoragePage'),
})

const screenRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/vms/$vmId/screen',
  component: lazyRouteComponent(() => import('../screen/screen-page.tsx'), 'ScreenPage'),
})

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    loginRoute,
    shellRoute.addChildren([mainRoute, storageRoute, screenRoute]),
  ]),
  defaultPreload: 'intent',
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
