import { QueryClient } from '@tanstack/react-query'
import { isApiError } from './http.ts'

/**
 * Lists and views are not polled: events say what to read again, and a lost connection reads everything anew. A
 * browser that has no network still reaches the daemon of its own computer, so its word on that is not asked for.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      retry: (count, error) => count < 2 && isApiError(error, 'daemon_unreachable'),
    },
    mutations: { networkMode: 'always', retry: false },
  },
})
