import { z } from 'zod'

export const logInSchema = z.strictObject({
  /** What the daemon's token file holds. */
  token: z.string().trim().min(1).max(1000),
})
export type LogIn = z.infer<typeof logInSchema>

export const sessionSchema = z.object({ expiresAt: z.string() })
export type Session = z.infer<typeof sessionSchema>
