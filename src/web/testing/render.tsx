import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { queryClient } from '../api/query-client.ts'
import { mainSearchOf } from '../app/main-search.ts'
import { cssVariables, theme } from '../app/theme.ts'

/** Shows a part of the console as it is in the page, at `address`. What the daemon answers is a matter of FakeApi. */
export async function show(element: ReactNode, address = '/') {
  queryClient.clear()
  const root = createRootRoute()
  const place = createRoute({
    getParentRoute: () => root,
    path: '/',
    component: () => element,
    validateSearch: mainSearchOf,
  })
  const router = createRouter({
    routeTree: root.addChildren([place]),
    history: createMemoryHistory({ initialEntries: [address] }),
  })
  await router.load()
  const rendered = render(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} env="test">
      <Notifications />
      <QueryClientProvider client={queryClient}>
        {/* of other routes than the console's */}
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  )
  return { ...rendered, router }
}
