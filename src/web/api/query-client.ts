import { QueryClient } from '@tanstack/react-query'
import { isApiError } from './http.ts'

/** Nothing is polled: events say what to read again, and a lost connection reads everything anew. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      retry: (count, error) => count < 2 && isApiError(error, 'daemon_unreachable'),
    },
    mutations: { retry: false },
  },
})
